// One growing path into a field tree, with steps that undo themselves.
#pragma once

#include <string>
#include <string_view>

namespace opsc {

// The text of a path while a tree is walked: `Step` appends and takes back what it appended.
class FieldPath {
 public:
  class Step {
   public:
    Step(FieldPath& path, std::string_view name) : path_(path), size_(path.text_.size()) {
      path.AppendName(name);
    }
    Step(FieldPath& path, size_t index) : path_(path), size_(path.text_.size()) {
      path.text_ += '[' + std::to_string(index) + ']';
    }
    ~Step() { path_.text_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    FieldPath& path_;
    size_t size_;
  };

  const std::string& text() const { return text_; }

 private:
  void AppendName(std::string_view name);

  std::string text_;
};

}  // namespace opsc
