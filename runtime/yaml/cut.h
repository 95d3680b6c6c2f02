// Cuts a stream of YAML or JSON documents while it arrives.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace opsc {

// One document of a stream, as it was written.
struct StreamPiece {
  std::string text;
  int line = 1;  // of the stream, where it begins
};

// JSON documents end with their last bracket, YAML documents with a line that begins with `---`
// (inside of a document there is none, whatever it holds). What comes first decides which they are.
class StreamCutter {
 public:
  void Add(std::string_view bytes) { rest_.append(bytes); }
  // The next whole document; nullopt: it has not arrived yet.
  std::optional<StreamPiece> Next();
  // When nothing more comes: what is left. nullopt: nothing but white space.
  std::optional<StreamPiece> Last();

 private:
  std::optional<size_t> EndOfJson();
  std::optional<size_t> EndOfYaml();
  StreamPiece Take(size_t end);
  void SkipBlank();

  std::string rest_;
  int line_ = 1;
  size_t looked_ = 0;  // of `rest_`, for the end of the document at hand
  int depth_ = 0;      // of brackets there
  bool in_text_ = false;
  bool escaped_ = false;
};

}  // namespace opsc
