#include "compiler/driver/cli/result_file.h"

#include "runtime/data/file_writer.h"

namespace opsc {

bool IsWrittenInto(Env& env, const std::string& path) {
  const FileType type = env.Stat(path).type;
  return type != FileType::kMissing && type != FileType::kFile && type != FileType::kDirectory;
}

Status WriteResultFile(Env& env, const std::string& path, std::string_view content, uint32_t mode) {
  if (!IsWrittenInto(env, path)) return env.WriteFile(path, content, mode);
  OPS_ASSIGN(auto file, FileWriter::Open(path));
  OPS_TRY(file->Write(content));
  return file->Close();
}

}  // namespace opsc
