# Every library that Tandem uses, found in one place. Debian packages: see scripts/setup.sh.
# The program needs all but three: without one of those, the targets that need it are left out.
option(TANDEM_CHARTS "Pages with charts, if Apache ECharts is there" ON)
option(TANDEM_TRAINING "Build tandem-train, if libtorch is there" ON)
option(TANDEM_TESTS "Build tests, bench/ and experiments/, if GoogleTest, libtorch and ECharts are there" ON)

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(Eigen3 REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost CONFIG REQUIRED)  # headers: Boost.Math, and Boost.Graph for bench

# Neither library has a configuration file everywhere.
foreach(library zstd lz4)
  string(TOUPPER ${library} name)
  find_path(${name}_INCLUDE_DIR ${library}.h REQUIRED)
  find_library(${name}_LIBRARY ${library} REQUIRED)
  add_library(${library}_library INTERFACE)
  target_include_directories(${library}_library SYSTEM INTERFACE ${${name}_INCLUDE_DIR})
  target_link_libraries(${library}_library INTERFACE ${${name}_LIBRARY})
endforeach()

# Debian's ONNX configuration file misses some of its targets, so name the libraries directly.
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
add_library(onnx_proto_library INTERFACE)
target_include_directories(onnx_proto_library SYSTEM INTERFACE ${ONNX_INCLUDE_DIR})
target_compile_definitions(onnx_proto_library INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_link_libraries(onnx_proto_library INTERFACE ${ONNX_PROTO_LIBRARY} protobuf::libprotobuf)

# ONNX Runtime: -Donnxruntime_ROOT first, then an installed package, then what scripts/setup.sh fetched.
set(TANDEM_DEPS "/opt/tandem" CACHE PATH "Where scripts/setup.sh puts what Debian does not package")
if(DEFINED ENV{TANDEM_DEPS})
  set(TANDEM_DEPS "$ENV{TANDEM_DEPS}")
endif()
find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h
  HINTS ${onnxruntime_ROOT} $ENV{onnxruntime_ROOT} PATH_SUFFIXES include include/onnxruntime)
find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h
  PATHS ${TANDEM_DEPS}/onnxruntime PATH_SUFFIXES include/onnxruntime NO_DEFAULT_PATH REQUIRED)
find_library(ONNXRUNTIME_LIBRARY onnxruntime HINTS ${onnxruntime_ROOT} $ENV{onnxruntime_ROOT} PATH_SUFFIXES lib)
find_library(ONNXRUNTIME_LIBRARY onnxruntime PATHS ${TANDEM_DEPS}/onnxruntime PATH_SUFFIXES lib NO_DEFAULT_PATH REQUIRED)
add_library(onnxruntime_library INTERFACE)
target_include_directories(onnxruntime_library SYSTEM INTERFACE ${ONNXRUNTIME_INCLUDE_DIR})
target_link_libraries(onnxruntime_library INTERFACE ${ONNXRUNTIME_LIBRARY})
message(STATUS "ONNX Runtime: ${ONNXRUNTIME_LIBRARY}, headers ${ONNXRUNTIME_INCLUDE_DIR}")

# libtorch: named directly, since its own configuration file asks for what only its other users need.
find_path(TORCH_INCLUDE_DIR torch/csrc/api/include/torch/types.h)
find_library(TORCH_LIBRARY torch)
find_library(TORCH_CPU_LIBRARY torch_cpu)
find_library(C10_LIBRARY c10)
set(TANDEM_HAS_TRAINING OFF)
if(TANDEM_TRAINING AND TORCH_INCLUDE_DIR AND TORCH_LIBRARY AND TORCH_CPU_LIBRARY AND C10_LIBRARY)
  set(TANDEM_HAS_TRAINING ON)
  add_library(torch_library INTERFACE)
  target_include_directories(torch_library SYSTEM INTERFACE ${TORCH_INCLUDE_DIR} ${TORCH_INCLUDE_DIR}/torch/csrc/api/include)
  target_link_libraries(torch_library INTERFACE ${TORCH_LIBRARY} ${TORCH_CPU_LIBRARY} ${C10_LIBRARY})
endif()

# Apache ECharts: what scripts/setup.sh fetched; src/report embeds it.
find_file(ECHARTS_SCRIPT echarts.min.js PATHS ${TANDEM_DEPS}/echarts NO_DEFAULT_PATH)
set(TANDEM_HAS_CHARTS OFF)
if(TANDEM_CHARTS AND ECHARTS_SCRIPT)
  set(TANDEM_HAS_CHARTS ON)
endif()

find_package(GTest QUIET)
set(TANDEM_HAS_TESTS OFF)
if(TANDEM_TESTS AND GTest_FOUND AND TANDEM_HAS_TRAINING AND TANDEM_HAS_CHARTS)
  set(TANDEM_HAS_TESTS ON)
endif()
message(STATUS "Besides tandem: charts ${TANDEM_HAS_CHARTS}, tandem-train ${TANDEM_HAS_TRAINING}, "
  "tests, bench and experiments ${TANDEM_HAS_TESTS} (scripts/setup.sh installs what they need)")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
