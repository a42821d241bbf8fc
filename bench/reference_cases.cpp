#include "reference_cases.h"

#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "deploy/deployment.h"
#include "engine/load.h"
#include "model/tensor_file.h"
#include "workspace/fleet_access.h"

namespace tandem::bench {
namespace {

constexpr double kTolerance = 1e-3;  // relative, as ONNX's own runner of these tests

using Tensors = std::vector<base::NamedTensor>;

// With the reason in one line.
struct Refusal {
  Outcome outcome;
  std::string reason;
};

// "input_0.pb", "input_1.pb", … under the names of the model.
Tensors read_tensors(const std::filesystem::path& folder, const std::string& kind,
                     const std::vector<std::string>& names) try {
  Tensors tensors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto path = folder / "test_data_set_0" / fmt::format("{}_{}.pb", kind, i);
    if (std::filesystem::exists(path)) tensors.push_back({names[i], model::read_tensor_file(path).tensor});
  }
  return tensors;
} catch (const base::Error& error) {
  if (error.kind() != base::ErrorKind::Unsupported) throw;
  throw Refusal{Outcome::NoNumbers, fmt::format("{}s are no numbers", kind)};
}

// ONNX Runtime by itself, as whoever wrote the model would run it.
class BareEngine {
 public:
  explicit BareEngine(const std::filesystem::path& model)
      : environment_(ORT_LOGGING_LEVEL_FATAL), session_(environment_, model.c_str(), options()) {
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
      require_tensor(session_.GetInputTypeInfo(i), "an input");
      inputs.emplace_back(session_.GetInputNameAllocated(i, allocator).get());
    }
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      require_tensor(session_.GetOutputTypeInfo(i), "an output");
      outputs.emplace_back(session_.GetOutputNameAllocated(i, allocator).get());
    }
  }

  Tensors run(const Tensors& given) {
    std::vector<const char*> given_names;
    std::vector<Ort::Value> values;
    for (const auto& each : given) {
      given_names.push_back(each.name.c_str());
      values.push_back(value_of(each.tensor));
    }
    std::vector<const char*> wanted;
    for (const auto& name : outputs) wanted.push_back(name.c_str());
    const auto made = session_.Run(Ort::RunOptions{nullptr}, given_names.data(), values.data(), values.size(),
                                   wanted.data(), wanted.size());
    Tensors tensors;
    for (std::size_t i = 0; i < made.size(); ++i) tensors.push_back({outputs[i], copy_of(made[i])});
    return tensors;
  }

  std::vector<std::string> inputs;
  std::vector<std::string> outputs;

 private:
  static Ort::SessionOptions options() {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    return options;
  }
  static void require_tensor(const Ort::TypeInfo& type, const std::string& what) {
    const bool is_tensor = type.GetONNXType() == ONNX_TYPE_TENSOR;
    if (!is_tensor) throw Refusal{Outcome::NoNumbers, what + " is a sequence, an optional value or a map"};
    const auto element = static_cast<base::ElementType>(type.GetTensorTypeAndShapeInfo().GetElementType());
    if (base::element_size(element) == 0)
      throw Refusal{Outcome::NoNumbers, fmt::format("{} is of {}", what, base::name_of(element))};
  }
  static Ort::Value value_of(base::Tensor tensor) {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    return Ort::Value::CreateTensor(memory, tensor.mutable_bytes().data(), tensor.size(), tensor.shape().data(),
                                    tensor.shape().size(), static_cast<ONNXTensorElementDataType>(tensor.element()));
  }
  static base::Tensor copy_of(const Ort::Value& value) {
    const auto info = value.GetTensorTypeAndShapeInfo();
    auto tensor = base::Tensor::allocate({static_cast<base::ElementType>(info.GetElementType()), info.GetShape()});
    std::copy_n(static_cast<const std::byte*>(value.GetTensorRawData()), tensor.size(), tensor.mutable_bytes().begin());
    return tensor;
  }

  Ort::Env environment_;
  Ort::Session session_{nullptr};
};

// The first output that is not as expected, in words.
std::optional<std::string> difference(const Tensors& actual, const Tensors& expected) {
  for (const auto& each : expected) {
    const auto found = std::ranges::find(actual, each.name, &base::NamedTensor::name);
    if (found == actual.end()) return fmt::format("output '{}' is missing", each.name);
    if (found->tensor.type() != each.tensor.type())
      return fmt::format("output '{}' is {}, expected {}", each.name, base::to_string(found->tensor.type()),
                         base::to_string(each.tensor.type()));
    const double relative = base::relative_difference(found->tensor, each.tensor);
    if (!(relative <= kTolerance)) return fmt::format("output '{}' differs by {:.2g}", each.name, relative);
  }
  return {};
}

Tensors run_in_tandem(const std::filesystem::path& path, const Tensors& inputs, engine::Engine& engine) {
  model::ShapeByInput shapes;
  for (const auto& input : inputs) shapes[input.name] = input.tensor.shape();
  const model::Model model = engine::load_model(path, engine, shapes);
  const workspace::FleetAccess access(fleet::parse_fleet("targets: [{name: device, tier: device}]", "fleet"), 1,
                                      engine);
  deploy::Deployment deployment(model, access.targets());
  plan::Plan plan;
  plan.stages.push_back({.target = "device", .ranges = {{0, model.graph().layers.size()}}});
  return deployment.run(deployment.add({plan}).at(0), inputs).take().outputs;
}

CaseResult run_case(const std::filesystem::path& folder, engine::Engine& engine) try {
  Tensors inputs;
  Tensors expected;
  try {
    BareEngine bare(folder / "model.onnx");
    inputs = read_tensors(folder, "input", bare.inputs);
    expected = read_tensors(folder, "output", bare.outputs);
    if (const auto wrong = difference(bare.run(inputs), expected)) return {"", Outcome::EngineDiffers, *wrong};
  } catch (const Ort::Exception& error) {
    return {"", Outcome::EngineRefuses, error.what()};
  }
  const auto wrong = difference(run_in_tandem(folder / "model.onnx", inputs, engine), expected);
  return wrong ? CaseResult{"", Outcome::Differs, *wrong} : CaseResult{};
} catch (const Refusal& refusal) {
  return {"", refusal.outcome, refusal.reason};
} catch (const base::Error& error) {
  return {"", Outcome::Fails, error.message()};
}

}  // namespace

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Matches:
      return "matches";
    case Outcome::Differs:
      return "differs";
    case Outcome::Fails:
      return "fails";
    case Outcome::NoNumbers:
      return "no numbers";
    case Outcome::EngineRefuses:
      return "refused by ONNX Runtime";
    default:
      return "differs in ONNX Runtime";
  }
}

std::vector<CaseResult> run_reference_cases(const std::filesystem::path& root, engine::Engine& engine) try {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().filename() == "test_data_set_0") folders.push_back(entry.path().parent_path());
  }
  std::ranges::sort(folders);
  std::vector<CaseResult> results;
  for (const auto& folder : folders) {
    results.push_back(run_case(folder, engine));
    results.back().name = folder.lexically_relative(root).string();
  }
  return results;
} catch (const std::filesystem::filesystem_error& error) {
  throw base::Error(base::kind_of_errno(error.code().value()), error.what());
}

}  // namespace tandem::bench
