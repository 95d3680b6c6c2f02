# How a folder becomes a target.

file(STRINGS ${CMAKE_SOURCE_DIR}/test/tools/warnings.txt OPSC_WARNINGS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/test/tools/warnings.txt)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # What g++ 12 believes of std::string and std::variant after inlining is often false (GCC bugs
  # 105329, 105651, 80635); the sanitizer builds and clang find the true cases.
  list(APPEND OPSC_WARNINGS -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-array-bounds -Wno-maybe-uninitialized)
else()
  # The std::stable_sort of libstdc++ 12 calls a deprecated function of its own.
  list(APPEND OPSC_WARNINGS -Wno-deprecated-declarations)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")  # for the sanitizers

find_program(OPSC_CCACHE ccache)
if(OPSC_CCACHE)
  # A precompiled header is a cache hit only when its defines and times do not count.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${OPSC_CCACHE})
endif()

find_program(OPSC_LLD NAMES ld.lld-19 ld.lld)
if(OPSC_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  add_link_options(-fuse-ld=lld)
endif()

if(OPSC_SANITIZE)
  add_compile_options(-fsanitize=${OPSC_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OPSC_SANITIZE})
endif()

function(opsc_target_name folder out)
  string(REPLACE "/" "_" name ${folder})
  set(${out} opsc_${name} PARENT_SCOPE)
endfunction()

# opsc_layer(runtime/base LINKS …): a static library of the folder's *.cpp and, from its *_test.cpp,
# a GoogleTest program. Folders in LINKS are named by their path; those in TEST_LINKS are for the
# tests only.
function(opsc_layer folder)
  cmake_parse_arguments(ARG "" "" "LINKS;TEST_LINKS" ${ARGN})
  opsc_target_name(${folder} target)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(links)
  foreach(link IN LISTS ARG_LINKS)
    if(link MATCHES "^(runtime|compiler)/")
      opsc_target_name(${link} link)
    endif()
    list(APPEND links ${link})
  endforeach()
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    target_compile_options(${target} PRIVATE ${OPSC_WARNINGS})
    target_link_libraries(${target} PUBLIC ${links})
    # One precompiled header for all: the standard library's, made with runtime/base.
    if(target STREQUAL opsc_runtime_base)
      target_precompile_headers(${target} PRIVATE <algorithm> <expected> <functional> <map> <memory>
        <optional> <span> <string> <string_view> <unordered_map> <variant> <vector>)
    else()
      target_precompile_headers(${target} REUSE_FROM opsc_runtime_base)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${links})
  endif()
  if(tests AND OPSC_TESTS)
    find_package(GTest REQUIRED)
    add_executable(${target}_test ${tests})
    # What is tested is optimised; the tests themselves compile twice as fast when they are not.
    target_compile_options(${target}_test PRIVATE ${OPSC_WARNINGS} -O0)
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gtest_main)
    foreach(link IN LISTS ARG_TEST_LINKS)
      if(link MATCHES "^(runtime|compiler)/")
        opsc_target_name(${link} link)
      endif()
      target_link_libraries(${target}_test PRIVATE ${link})
    endforeach()
    set_target_properties(${target}_test PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
    set_property(GLOBAL APPEND PROPERTY OPSC_UNIT_TESTS ${target}_test)
  endif()
endfunction()

# opsc_antlr(grammar): the lexer and parser generated from OpsLexer.g4 and OpsParser.g4, as target
# opsc_grammar. Generated code is not ours to warn about.
function(opsc_antlr folder)
  find_program(JAVA NAMES java REQUIRED)
  if(NOT EXISTS "${OPSC_ANTLR_JAR}")
    message(FATAL_ERROR "OPSC_ANTLR_JAR is not set: run ./dev build, which fetches it")
  endif()
  find_path(ANTLR_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
  find_library(ANTLR_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)
  set(out ${CMAKE_BINARY_DIR}/grammar)
  set(lazy ${CMAKE_SOURCE_DIR}/test/tools/cmake/lazy_tables.cmake)
  set(generated ${out}/OpsLexer.cpp ${out}/OpsLexer.h ${out}/OpsParser.cpp ${out}/OpsParser.h)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${JAVA} -Xshare:auto -XX:TieredStopAtLevel=1 -jar ${OPSC_ANTLR_JAR} -Dlanguage=Cpp
      -no-listener -no-visitor -package opsc::antlr -Werror -o ${out}
      OpsLexer.g4 OpsParser.g4
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -P ${lazy}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/${folder}
    DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/OpsLexer.g4 ${CMAKE_SOURCE_DIR}/${folder}/OpsParser.g4 ${lazy}
    COMMENT "Generating the parser")
  add_library(opsc_grammar STATIC ${out}/OpsLexer.cpp ${out}/OpsParser.cpp)
  target_include_directories(opsc_grammar SYSTEM PUBLIC ${out} ${ANTLR_INCLUDE})
  target_compile_options(opsc_grammar PRIVATE -w)
  target_link_libraries(opsc_grammar PUBLIC ${ANTLR_LIBRARY})
endfunction()

# opsc_embed(NAME SYMBOL FOLDER PATTERN…): files below the folder as bytes in the binary (target opsc_NAME,
# header opsc_NAME.h: `extern const EmbeddedFile kSYMBOL[]`).
function(opsc_embed name symbol folder)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/${folder}/ OUTPUT_VARIABLE patterns)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${patterns})
  set(out ${CMAKE_BINARY_DIR}/${name})
  list(TRANSFORM files PREPEND ${CMAKE_SOURCE_DIR}/${folder}/ OUTPUT_VARIABLE absolute)
  string(REPLACE ";" "|" joined "${files}")
  set(script ${CMAKE_SOURCE_DIR}/test/tools/cmake/embed.cmake)
  add_custom_command(OUTPUT ${out}/opsc_${name}.cpp ${out}/opsc_${name}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DROOT=${CMAKE_SOURCE_DIR}/${folder} "-DFILES=${joined}"
      -DNAME=${name} -DSYMBOL=${symbol} -P ${script}
    DEPENDS ${absolute} ${script} VERBATIM COMMENT "Embedding ${folder}")
  add_library(opsc_${name} STATIC ${out}/opsc_${name}.cpp)
  target_include_directories(opsc_${name} PUBLIC ${out} ${CMAKE_SOURCE_DIR})
endfunction()

# opsc_arrow_plugin(runtime/arrow): libopsc_arrow.so, beside the program, with the libraries of Apache
# Arrow that it needs. They are those of the system where it has them, else of the PyPI wheel that ./dev
# unpacks; without either, opsc does without Parquet.
function(opsc_arrow_plugin folder)
  set(cache $ENV{XDG_CACHE_HOME})
  if(NOT cache)
    set(cache $ENV{HOME}/.cache)
  endif()
  set(OPSC_ARROW_DIR ${cache}/opsc/arrow-26.0.1/pyarrow CACHE PATH "An unpacked wheel `pyarrow`")
  find_package(Arrow CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
  if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
    set(libraries Arrow::arrow_shared Parquet::parquet_shared)
  else()
    file(GLOB wheel ${OPSC_ARROW_DIR}/libarrow.so.* ${OPSC_ARROW_DIR}/libparquet.so.*)
    if(NOT wheel OR NOT EXISTS ${OPSC_ARROW_DIR}/include/arrow/api.h)
      message(STATUS "No Apache Arrow: opsc will not read Parquet. ./dev build fetches it")
      return()
    endif()
    # Copies, because neither the sandbox of a task nor who installs the build sees the cache.
    file(COPY ${wheel} DESTINATION ${CMAKE_BINARY_DIR})
    file(COPY ${OPSC_ARROW_DIR}/include/arrow ${OPSC_ARROW_DIR}/include/parquet
      DESTINATION ${CMAKE_BINARY_DIR}/arrow/include)
    set(libraries)
    foreach(library IN LISTS wheel)
      get_filename_component(name ${library} NAME)
      list(APPEND libraries ${CMAKE_BINARY_DIR}/${name})
    endforeach()
  endif()
  add_library(opsc_arrow MODULE ${CMAKE_SOURCE_DIR}/${folder}/arrow_plugin.cpp)
  target_include_directories(opsc_arrow PRIVATE ${CMAKE_SOURCE_DIR})
  target_include_directories(opsc_arrow SYSTEM PRIVATE ${CMAKE_BINARY_DIR}/arrow/include)
  target_compile_options(opsc_arrow PRIVATE ${OPSC_WARNINGS})
  target_link_libraries(opsc_arrow PRIVATE ${libraries})
  set_target_properties(opsc_arrow PROPERTIES PREFIX lib CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR} BUILD_RPATH "$ORIGIN" INSTALL_RPATH "$ORIGIN")
endfunction()

# opsc_http_plugin(runtime/httplib): libopsc_http.so, beside the program: loading cpp-httplib and what it is
# linked to would be half of what a start of opsc costs.
function(opsc_http_plugin folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  add_library(opsc_http MODULE ${sources})
  target_include_directories(opsc_http PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(opsc_http PRIVATE ${OPSC_WARNINGS})
  target_link_libraries(opsc_http PRIVATE PkgConfig::HTTPLIB fmt::fmt)
  set_target_properties(opsc_http PROPERTIES PREFIX lib CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

# opsc_jit_plugin(compiler/jit): libopsc_jit.so, beside the program, with LLVM linked into it: it loads in
# 4 ms where libLLVM.so takes ten times as long. Without LLVM kernels are not compiled, which is slower.
function(opsc_jit_plugin folder)
  find_package(LLVM 19.1 CONFIG QUIET) # "19" alone does not match 19.1.7
  if(NOT LLVM_FOUND)
    message(STATUS "No LLVM 19: kernels will not be compiled. ./dev build installs it")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  llvm_map_components_to_libnames(libraries orcjit native passes)
  add_library(opsc_jit MODULE ${sources})
  target_include_directories(opsc_jit PRIVATE ${CMAKE_SOURCE_DIR})
  target_include_directories(opsc_jit SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
  target_compile_options(opsc_jit PRIVATE ${OPSC_WARNINGS})
  target_link_libraries(opsc_jit PRIVATE ${libraries})
  target_link_options(opsc_jit PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  set_target_properties(opsc_jit PROPERTIES PREFIX lib CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
