#include "compiler/driver/show/doc_text.h"

#include <algorithm>

namespace opsc {

std::string FirstSentence(std::string_view doc) {
  doc.remove_prefix(std::min(doc.find_first_not_of(" \n"), doc.size()));
  std::string sentence(doc.substr(0, doc.find("\n\n")));
  std::replace(sentence.begin(), sentence.end(), '\n', ' ');
  if (size_t end = sentence.find(". "); end != sentence.npos) sentence.resize(end + 1);
  sentence.erase(sentence.find_last_not_of(' ') + 1);
  return sentence;
}

}  // namespace opsc
