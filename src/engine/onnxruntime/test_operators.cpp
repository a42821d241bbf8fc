// A library of custom operators for tests: Twice of the domain test.tandem, twice a tensor of float32.
#define ORT_API_MANUAL_INIT  // the engine that loads the library hands its interface over
#include <onnxruntime_cxx_api.h>
#undef ORT_API_MANUAL_INIT

#include <algorithm>

namespace {

struct TwiceKernel {
  void Compute(OrtKernelContext* context) {
    const Ort::KernelContext values(context);
    const auto input = values.GetInput(0);
    const auto type = input.GetTensorTypeAndShapeInfo();
    auto output = values.GetOutput(0, type.GetShape());
    const float* first = input.GetTensorData<float>();
    std::transform(first, first + type.GetElementCount(), output.GetTensorMutableData<float>(),
                   [](float value) { return 2 * value; });
  }
};

struct Twice : Ort::CustomOpBase<Twice, TwiceKernel> {
  void* CreateKernel(const OrtApi& /*interface*/, const OrtKernelInfo* /*node*/) const { return new TwiceKernel; }
  const char* GetName() const { return "Twice"; }
  std::size_t GetInputTypeCount() const { return 1; }
  ONNXTensorElementDataType GetInputType(std::size_t /*index*/) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
  std::size_t GetOutputTypeCount() const { return 1; }
  ONNXTensorElementDataType GetOutputType(std::size_t /*index*/) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
  static Ort::Status InferOutputShape(Ort::ShapeInferContext& context) {
    return context.SetOutputShape(0, context.GetInputShape(0));
  }
};

}  // namespace

extern "C" OrtStatus* ORT_API_CALL RegisterCustomOps(OrtSessionOptions* options, const OrtApiBase* base) {
  Ort::InitApi(base->GetApi(ORT_API_VERSION));
  static const Twice twice;
  static const Ort::CustomOpDomain domain = [] {
    Ort::CustomOpDomain made("test.tandem");
    made.Add(&twice);
    return made;
  }();
  return Ort::GetApi().AddCustomOpDomain(options, domain);
}
