# Writes OUT/opsc_stdlib.{h,cpp}: FILES (joined by |, relative to ROOT) as raw string literals.
file(WRITE ${OUT}/opsc_stdlib.h.new "#pragma once
#include <cstddef>
#include <string_view>

namespace opsc {

// One file of the stdlib: its path below stdlib/ and its text.
struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};
extern const EmbeddedFile kStdlib[];
extern const size_t kStdlibSize;

}  // namespace opsc
")
configure_file(${OUT}/opsc_stdlib.h.new ${OUT}/opsc_stdlib.h COPYONLY)
string(REPLACE "|" ";" FILES "${FILES}")
set(body "#include \"opsc_stdlib.h\"\n\nnamespace opsc {\n\nconst EmbeddedFile kStdlib[] = {\n")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} hex HEX)
  # A raw literal may hold 64 KiB at most in some compilers; pieces of 8 KiB are joined by the
  # compiler. Hex keeps every byte as it is.
  string(REGEX MATCHALL "([0-9a-f][0-9a-f])" bytes "${hex}")
  list(LENGTH bytes size)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  # 32 bytes a line: `\xHH` x 32 = 128 characters.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)" "\"\\1\"\n" escaped "${escaped}")
  string(APPEND body "    {\"${file}\", std::string_view(\n${escaped}, ${size})},\n")
  math(EXPR count "${count}+1")
endforeach()
string(APPEND body "};\nconst size_t kStdlibSize = ${count};\n\n}  // namespace opsc\n")
file(WRITE ${OUT}/opsc_stdlib.cpp.new "${body}")
configure_file(${OUT}/opsc_stdlib.cpp.new ${OUT}/opsc_stdlib.cpp COPYONLY)
