include(GoogleTest)

# Compiler settings that every target of ours shares.
add_library(tandem_settings INTERFACE)
target_link_libraries(tandem_settings INTERFACE fmt::fmt)
target_include_directories(tandem_settings INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/src)
# -Wrestrict cries wolf on std::string concatenation in GCC 12 (bug 105651).
target_compile_options(tandem_settings INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wno-restrict -pthread)
if(TANDEM_WARNINGS_AS_ERRORS)
  target_compile_options(tandem_settings INTERFACE -Werror -Wno-error=invalid-pch)
endif()
find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM)
  target_link_options(tandem_settings INTERFACE -fuse-ld=lld)  # a second faster for each of some sixty programs
endif()
if(TANDEM_SANITIZE)
  # With sanitizers GCC 12 takes its own <regex> for uninitialised (GCC bug 105562).
  target_compile_options(tandem_settings INTERFACE -fsanitize=${TANDEM_SANITIZE} -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)
  target_link_options(tandem_settings INTERFACE -fsanitize=${TANDEM_SANITIZE})
endif()

# Headers that are slow to read are read once: those that most files include, with GoogleTest for tests, and for some
# folders a library's own. The preset tidy compiles without, so that a file which forgets an include is found.
# A header belongs here only if an empty file compiles fast with it: templates that a header instantiates by itself
# (nlohmann/json.hpp, torch/torch.h) are instantiated again for every file.
set(common_headers <algorithm> <array> <chrono> <cmath> <cstddef> <cstdint> <filesystem> <functional> <map> <memory>
  <mutex> <optional> <set> <span> <string> <string_view> <tuple> <utility> <vector> <fmt/format.h>)

# add_precompiled_headers(name [HEADERS …] [LINKS …]): the common headers and these. Where a target's flags differ from
# those that they were compiled with, the compiler reads the headers again.
function(add_precompiled_headers name)
  cmake_parse_arguments(PRECOMPILED "" "" "HEADERS;LINKS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(${name} PRIVATE tandem_settings fmt::fmt ${PRECOMPILED_LINKS})
  target_precompile_headers(${name} PRIVATE ${common_headers} ${PRECOMPILED_HEADERS})
endfunction()
# Test code is compiled without optimisation: that is a quarter faster, and GCC 12 warns wrongly of it at -O3
# (stringop-overflow, array-bounds: bug 105329). What it tests is compiled with the preset's flags.
set(test_options -O0)
# optimise_sources(file …): for test code that itself takes long, such as exhaustive searches.
function(optimise_sources)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O1 SKIP_PRECOMPILE_HEADERS ON)
endfunction()
# The same with GoogleTest, as name_test.
function(add_precompiled_test_headers name)
  if(NOT TANDEM_HAS_TESTS)
    return()
  endif()
  cmake_parse_arguments(PRECOMPILED "" "" "HEADERS;LINKS" ${ARGN})
  add_precompiled_headers(${name}_test HEADERS <gmock/gmock.h> <gtest/gtest.h> ${PRECOMPILED_HEADERS}
    LINKS GTest::gmock GTest::gtest_main ${PRECOMPILED_LINKS})
  target_compile_options(${name}_test PRIVATE ${test_options})
endfunction()
add_precompiled_headers(precompiled)
add_precompiled_test_headers(precompiled)
# For folders in which most files look into JSON.
add_precompiled_headers(precompiled_json HEADERS <nlohmann/json.hpp> LINKS nlohmann_json::nlohmann_json)
add_precompiled_test_headers(precompiled_json HEADERS <nlohmann/json.hpp> LINKS nlohmann_json::nlohmann_json)

# add_module(name SOURCES a.cpp … TESTS a_test.cpp … DEPENDS base … LINKS library … TEST_LINKS target … PRECOMPILED name)
# One static library for a folder of src/, and one test program for its tests. DEPENDS are other folders and must agree
# with the table in docs/architecture.md (tests/layers_test.cpp holds both to it). LINKS are third-party libraries.
# TEST_SHARDS and TEST_TIMEOUT as add_test_program takes them.
# PRECOMPILED names headers made by add_precompiled_headers; tests use those that add_precompiled_test_headers made of
# the same name, or the common ones.
function(add_module name)
  cmake_parse_arguments(MODULE "" "PRECOMPILED;TEST_SHARDS;TEST_TIMEOUT" "SOURCES;TESTS;DEPENDS;LINKS;TEST_LINKS" ${ARGN})
  if(NOT MODULE_PRECOMPILED)
    set(MODULE_PRECOMPILED precompiled)
  endif()
  list(TRANSFORM MODULE_DEPENDS PREPEND tandem_)
  add_library(tandem_${name} STATIC ${MODULE_SOURCES})
  target_link_libraries(tandem_${name} PUBLIC tandem_settings ${MODULE_DEPENDS} PRIVATE ${MODULE_LINKS})
  target_precompile_headers(tandem_${name} REUSE_FROM ${MODULE_PRECOMPILED})
  if(MODULE_TESTS)
    if(NOT TARGET ${MODULE_PRECOMPILED}_test)
      set(MODULE_PRECOMPILED precompiled)
    endif()
    add_test_program(${name}_test SOURCES ${MODULE_TESTS} LINKS tandem_${name} ${MODULE_LINKS} ${MODULE_TEST_LINKS}
      PRECOMPILED ${MODULE_PRECOMPILED}_test SHARDS "${MODULE_TEST_SHARDS}" TIMEOUT "${MODULE_TEST_TIMEOUT}")
  endif()
endfunction()

# add_test_program(name SOURCES … LINKS … [LABELS …] [TIMEOUT seconds] [PRECOMPILED name] [SHARDS count]): a GoogleTest
# program, one ctest test for each TEST; or, for a program that takes long to start, that many tests that share its TESTs.
# Without GoogleTest there is none.
function(add_test_program name)
  if(NOT TANDEM_HAS_TESTS)
    return()
  endif()
  cmake_parse_arguments(PROGRAM "" "TIMEOUT;PRECOMPILED;SHARDS" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT PROGRAM_PRECOMPILED)
    set(PROGRAM_PRECOMPILED precompiled_test)
  endif()
  if(NOT PROGRAM_TIMEOUT)
    set(PROGRAM_TIMEOUT 120)
  endif()
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE tandem_settings ${PROGRAM_LINKS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM ${PROGRAM_PRECOMPILED})
  target_compile_options(${name} PRIVATE ${test_options})
  if(NOT PROGRAM_SHARDS)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${PROGRAM_TIMEOUT} LABELS "${PROGRAM_LABELS}")
    return()
  endif()
  math(EXPR last_shard "${PROGRAM_SHARDS} - 1")
  foreach(shard RANGE ${last_shard})
    add_test(NAME ${name}.${shard} COMMAND ${name})
    set_tests_properties(${name}.${shard} PROPERTIES TIMEOUT ${PROGRAM_TIMEOUT} LABELS "${PROGRAM_LABELS}"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${PROGRAM_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
