# What pages are made with: files embedded in a library, and pages opened in a browser.

enable_language(ASM)

# embed_files(target NAMESPACE namespace FILES name file …): the target's sources find the content of each file in
# std::string_view namespace::name(), which the generated header assets.h declares.
function(embed_files target)
  cmake_parse_arguments(EMBED "" "NAMESPACE" "FILES" ${ARGN})
  set(symbols "")
  set(functions "")
  set(sections "")
  set(files "")
  while(EMBED_FILES)
    list(POP_FRONT EMBED_FILES name file)
    cmake_path(ABSOLUTE_PATH file)
    set(symbol ${target}_${name})
    list(APPEND files ${file})
    string(APPEND symbols "extern const char ${symbol}_begin[], ${symbol}_end[];\n")
    string(APPEND functions "inline std::string_view ${name}() {\n  return {${symbol}_begin, ${symbol}_end};\n}\n")
    string(APPEND sections
      ".global ${symbol}_begin\n.global ${symbol}_end\n${symbol}_begin:\n.incbin \"${file}\"\n${symbol}_end:\n")
  endwhile()
  file(CONFIGURE OUTPUT assets.h @ONLY CONTENT "// Embedded files. Written by embed_files.
#pragma once

#include <string_view>

extern \"C\" {
@symbols@}

namespace @EMBED_NAMESPACE@ {

@functions@
}  // namespace @EMBED_NAMESPACE@
")
  file(CONFIGURE OUTPUT assets.S @ONLY CONTENT ".section .rodata
@sections@.section .note.GNU-stack,\"\",%progbits
")
  set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/assets.S PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/assets.S)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()

# add_browser_test(Suite sample CHARTS "id …" SIZES number …): the pages that the program `sample` writes of each size,
# opened in a browser.
function(add_browser_test suite sample)
  cmake_parse_arguments(TEST "" "CHARTS" "SIZES" ${ARGN})
  add_test(NAME ${suite}.draws_all_charts_in_a_browser
    COMMAND ${PROJECT_SOURCE_DIR}/src/report/browser_test.sh $<TARGET_FILE:${sample}> "${TEST_CHARTS}" ${TEST_SIZES})
  set_tests_properties(${suite}.draws_all_charts_in_a_browser PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77)
endfunction()

# add_fit_test(Suite sample SIZES number …): the pages or pictures that the program `sample` writes of each size, measured
# in a browser on a desktop and on a phone, light and dark.
function(add_fit_test suite sample)
  cmake_parse_arguments(TEST "" "" "SIZES" ${ARGN})
  add_test(NAME ${suite}.fits_every_screen
    COMMAND ${PROJECT_SOURCE_DIR}/src/report/fit_test.sh $<TARGET_FILE:${sample}> ${TEST_SIZES})
  set_tests_properties(${suite}.fits_every_screen PROPERTIES TIMEOUT 240 SKIP_RETURN_CODE 77)
endfunction()
