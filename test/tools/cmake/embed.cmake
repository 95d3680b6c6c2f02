# Writes OUT/opsc_NAME.{h,cpp}: FILES (joined by |, relative to ROOT) as an array kSYMBOL of EmbeddedFile.
file(WRITE ${OUT}/opsc_${NAME}.h.new "#pragma once
#include <cstddef>

#include \"runtime/base/embedded_file.h\"

namespace opsc {

extern const EmbeddedFile k${SYMBOL}[];
extern const size_t k${SYMBOL}Size;

}  // namespace opsc
")
configure_file(${OUT}/opsc_${NAME}.h.new ${OUT}/opsc_${NAME}.h COPYONLY)
string(REPLACE "|" ";" FILES "${FILES}")
set(body "#include \"opsc_${NAME}.h\"\n\nnamespace opsc {\n\nconst EmbeddedFile k${SYMBOL}[] = {\n")
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
string(APPEND body "};\nconst size_t k${SYMBOL}Size = ${count};\n\n}  // namespace opsc\n")
file(WRITE ${OUT}/opsc_${NAME}.cpp.new "${body}")
configure_file(${OUT}/opsc_${NAME}.cpp.new ${OUT}/opsc_${NAME}.cpp COPYONLY)
