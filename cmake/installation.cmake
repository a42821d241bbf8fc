# `cmake --install build/release --prefix DIR`: a tree that runs from wherever it is moved to, on a machine with Debian's
# libraries (scripts/setup.sh --run). Programs find ONNX Runtime in lib/tandem beside their own folder.

set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/tandem")

# A library where the system looks by itself stays there.
file(REAL_PATH ${ONNXRUNTIME_LIBRARY} library)
if(NOT library MATCHES "^/(usr/)?lib/")
  cmake_path(GET ONNXRUNTIME_LIBRARY PARENT_PATH folder)
  file(GLOB libraries ${folder}/libonnxruntime.so.*)
  install(FILES ${libraries} DESTINATION lib/tandem)
endif()

install(DIRECTORY models DESTINATION share/tandem)
install(FILES LICENSE NOTICE DESTINATION share/tandem/licenses OPTIONAL)
if(TANDEM_HAS_CHARTS)
  cmake_path(GET ECHARTS_SCRIPT PARENT_PATH folder)
  install(FILES ${folder}/LICENSE ${folder}/NOTICE DESTINATION share/tandem/licenses/echarts)  # pages carry it
  install(DIRECTORY ${folder}/licenses DESTINATION share/tandem/licenses/echarts)
endif()
