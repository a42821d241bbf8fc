include(GoogleTest)

# Compiler settings that every target of ours shares.
add_library(tandem_settings INTERFACE)
target_include_directories(tandem_settings INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/src)
# -Wrestrict cries wolf on std::string concatenation in GCC 12 (bug 105651).
target_compile_options(tandem_settings INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wno-restrict)
if(TANDEM_WARNINGS_AS_ERRORS)
  target_compile_options(tandem_settings INTERFACE -Werror)
endif()
if(TANDEM_SANITIZE)
  target_compile_options(tandem_settings INTERFACE -fsanitize=${TANDEM_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(tandem_settings INTERFACE -fsanitize=${TANDEM_SANITIZE})
endif()

# What every test includes, read once. A program whose flags differ from these reads it again, with a warning; -pthread
# is what some libraries ask for and others do not.
file(WRITE ${CMAKE_BINARY_DIR}/test_headers.cpp "")
add_library(test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
target_link_libraries(test_headers PRIVATE tandem_settings GTest::gmock GTest::gtest_main)
target_compile_options(test_headers PRIVATE -pthread)
target_precompile_headers(test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)

# add_module(name SOURCES a.cpp … TESTS a_test.cpp … DEPENDS base … LINKS library …)
# One static library for a folder of src/, and one test program for its tests. DEPENDS are other folders and must agree
# with the table in docs/architecture.md (tests/layers_test.cpp holds both to it). LINKS are third-party libraries.
function(add_module name)
  cmake_parse_arguments(MODULE "" "" "SOURCES;TESTS;DEPENDS;LINKS" ${ARGN})
  list(TRANSFORM MODULE_DEPENDS PREPEND tandem_)
  add_library(tandem_${name} STATIC ${MODULE_SOURCES})
  target_link_libraries(tandem_${name} PUBLIC tandem_settings ${MODULE_DEPENDS} PRIVATE ${MODULE_LINKS})
  if(MODULE_TESTS)
    add_test_program(${name}_test SOURCES ${MODULE_TESTS} LINKS tandem_${name} ${MODULE_LINKS})
  endif()
endfunction()

# add_test_program(name SOURCES … LINKS … [LABELS …] [TIMEOUT seconds]): a GoogleTest program, one ctest test for each TEST.
function(add_test_program name)
  cmake_parse_arguments(PROGRAM "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT PROGRAM_TIMEOUT)
    set(PROGRAM_TIMEOUT 120)
  endif()
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE tandem_settings ${PROGRAM_LINKS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -pthread -Wno-error=invalid-pch)
  target_precompile_headers(${name} REUSE_FROM test_headers)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${PROGRAM_TIMEOUT} LABELS "${PROGRAM_LABELS}")
endfunction()
