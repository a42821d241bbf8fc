#include "engine/onnxruntime/onnx_runtime.h"

#include <fmt/format.h>
#include <malloc.h>
#include <onnxruntime_cxx_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory_pool.h"
#include "base/processors.h"
#include "engine/onnxruntime/engine_memory.h"
#include "engine/onnxruntime/kernel_report.h"
#include "engine/onnxruntime/message.h"
#include "model/part_memory.h"

namespace tandem::engine {
namespace {

using base::ElementType;
using base::Error;
using base::ErrorKind;

// Names of a model may be in it.
void log_from_engine(void*, OrtLoggingLevel, const char*, const char*, const char*, const char* message) {
  base::log(base::LogLevel::Warning, "ONNX Runtime: {}", message);
}

Ort::Env& environment() {
  static Ort::Env instance(ORT_LOGGING_LEVEL_ERROR, "tandem", log_from_engine, nullptr);
  return instance;
}

// ONNX Runtime reports on its use over the network otherwise, and matches the command line against an expression that
// overflows the stack for one of some hundred files. Nothing reads the environment before the first session.
void disable_telemetry() {
  static const int once = ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  static_cast<void>(once);
}

const Ort::MemoryInfo& cpu_memory() {
  static const Ort::MemoryInfo instance = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  return instance;
}

ONNXTensorElementDataType ort_type(ElementType type) {
  return static_cast<ONNXTensorElementDataType>(type);
}

// Wraps a tensor's memory. ORT takes a mutable pointer even to data that it only reads.
Ort::Value value_of(const base::Tensor& tensor) {
  static std::byte nothing{};
  auto* bytes = tensor.size() == 0 ? &nothing : const_cast<std::byte*>(tensor.bytes().data());
  return Ort::Value::CreateTensor(cpu_memory(), bytes, tensor.size(), tensor.shape().data(), tensor.shape().size(),
                                  ort_type(tensor.element()));
}

// A tensor that ORT allocated, kept alive by the tensor that views it. Empty for a value that is no fixed-size tensor.
base::Tensor tensor_of(Ort::Value value) {
  if (!value.IsTensor()) return {};
  const auto info = value.GetTensorTypeAndShapeInfo();
  const base::TensorType type{static_cast<ElementType>(info.GetElementType()), info.GetShape()};
  if (base::element_size(type.element) == 0) return {};
  auto* bytes = static_cast<std::byte*>(value.GetTensorMutableRawData());
  const std::size_t size = base::size_bytes(type);
  return base::Tensor::view(type, std::make_shared<Ort::Value>(std::move(value)), bytes, size);
}

base::TensorType type_of(const Ort::TypeInfo& info) {
  switch (info.GetONNXType()) {
    case ONNX_TYPE_SEQUENCE:
      return {ElementType::Sequence, {}};
    case ONNX_TYPE_MAP:
      return {ElementType::Map, {}};
    case ONNX_TYPE_OPTIONAL:
      return {ElementType::Optional, {}};
    case ONNX_TYPE_TENSOR: {
      const auto tensor = info.GetTensorTypeAndShapeInfo();
      return {static_cast<ElementType>(tensor.GetElementType()), tensor.GetShape()};
    }
    default:
      return {};
  }
}

// No dimensions: a scalar, or a tensor of unknown rank. ORT does not tell which.
bool has_fixed_shape(const base::NamedType& type) {
  return base::is_fixed(type.type) && !type.type.shape.empty();
}

class OnnxSession : public Session {
 public:
  using Pool = std::shared_ptr<base::MemoryPool>;
  // `budgeted`: the engine's own pool, or null, and then outputs have a pool of the session.
  OnnxSession(const model::Part& part, const Ort::SessionOptions& options, const Pool& budgeted)
      : weights_(part.weights), budgeted_(budgeted), pool_(budgeted ? budgeted : std::make_shared<base::MemoryPool>()) {
    session_ = Ort::Session(environment(), part.graph.data(), part.graph.size(), options);
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i)
      inputs_.push_back(input_of(part, session_.GetInputNameAllocated(i, allocator).get(), i));
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      outputs_.push_back({session_.GetOutputNameAllocated(i, allocator).get(), type_of(session_.GetOutputTypeInfo(i))});
    }
    for (const auto& input : inputs_) input_names_.push_back(input.name.c_str());
    for (const auto& output : outputs_) output_names_.push_back(output.name.c_str());
  }

  ~OnnxSession() override {
    session_ = Ort::Session(nullptr);
    pool_->release_free();
  }

  const std::vector<base::NamedType>& inputs() const override { return inputs_; }
  const std::vector<base::NamedType>& outputs() const override { return outputs_; }

  std::vector<base::Tensor> run(const std::vector<base::Tensor>& inputs, const std::stop_token& stop) override {
    check(inputs);
    const MemoryUse memory(budgeted_.get());
    std::vector<Ort::Value> input_values;
    for (const auto& input : inputs) input_values.push_back(value_of(input));
    std::vector<base::Tensor> outputs(outputs_.size());
    std::vector<Ort::Value> output_values;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (has_fixed_shape(outputs_[i])) outputs[i] = pool_->take(outputs_[i].type);
      output_values.push_back(outputs[i].empty() ? Ort::Value(nullptr) : value_of(outputs[i]));
    }
    const Ort::RunOptions options;
    const std::stop_callback terminate(stop, [&] { Ort::ThrowOnError(Ort::GetApi().RunOptionsSetTerminate(options)); });
    try {
      session_.Run(options, input_names_.data(), input_values.data(), input_values.size(), output_names_.data(),
                   output_values.data(), output_values.size());
    } catch (const Ort::Exception& error) {
      if (stop.stop_requested()) throw Error(ErrorKind::Unavailable, "the run was stopped");
      if (const auto refusal = memory.refusal(error.what())) throw *refusal;
      throw Error(ErrorKind::Internal, fmt::format("ONNX Runtime failed to run a stage: {}", reason_in(error.what())));
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].empty()) outputs[i] = tensor_of(std::move(output_values[i]));
    }
    return outputs;
  }

  std::string end_profiling() {
    Ort::AllocatorWithDefaultOptions allocator;
    return session_.EndProfilingAllocated(allocator).get();
  }

 private:
  void check(const std::vector<base::Tensor>& inputs) const {
    if (inputs.size() != inputs_.size()) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{} inputs given, {} expected", inputs.size(), inputs_.size()));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].type() == inputs_[i].type && !inputs[i].empty()) continue;
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("input '{}' is {} {}, expected {} {}", inputs_[i].name,
                              base::name_of(inputs[i].element()), base::to_string(inputs[i].shape()),
                              base::name_of(inputs_[i].type.element), base::to_string(inputs_[i].type.shape)));
    }
  }

  // The part knows the shape of an input that its graph leaves open.
  base::NamedType input_of(const model::Part& part, const std::string& name, std::size_t index) const {
    const auto known = std::ranges::find(part.inputs, name, &base::NamedType::name);
    return known != part.inputs.end() ? *known : base::NamedType{name, type_of(session_.GetInputTypeInfo(index))};
  }

  std::vector<base::NamedTensor> weights_;  // the session may read them in place
  const Pool budgeted_;
  const Pool pool_;
  Ort::Session session_{nullptr};
  std::vector<base::NamedType> inputs_;
  std::vector<base::NamedType> outputs_;
  std::vector<const char*> input_names_;
  std::vector<const char*> output_names_;
};

class OnnxRuntime : public Engine {
 public:
  explicit OnnxRuntime(const OnnxRuntimeSettings& settings)
      : threads_(settings.threads > 0 ? settings.threads : base::usable_processors()) {
    disable_telemetry();
    if (settings.memory != nullptr) pool_ = std::make_shared<base::MemoryPool>(settings.memory);
    if (pool_ != nullptr) register_engine_memory(environment());
    for (const auto& path : settings.custom_operators) add_library(path);
  }

  std::string name() const override { return fmt::format("onnxruntime {}", Ort::GetVersionString()); }
  int threads() const override { return threads_; }

  std::unique_ptr<Session> load(const model::Part& part, Optimization optimization) override {
    if (optimization == Optimization::All) compute_constants(part);
    Ort::SessionOptions options = session_options(optimization);
    return make_session(part, options);
  }

  std::vector<KernelTime> time_kernels(const model::Part& part, const std::vector<base::Tensor>& inputs, int runs,
                                       const std::stop_token& stop) override {
    const KernelReport report;
    const auto session = reporting_session(model::with_node_names(part), report);
    for (int i = 0; i < runs; ++i) session->run(inputs, stop);
    return report.read(session->end_profiling());
  }

 private:
  // By its whole path: a name alone is looked for in the system's folders.
  void add_library(const std::string& path) {
    const std::string whole = std::filesystem::absolute(path);
    base::map_file(path);  // or says why it cannot be read
    try {
      Ort::SessionOptions().RegisterCustomOpsLibrary(whole.c_str());
    } catch (const Ort::Exception& error) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: expected a shared library that exports RegisterCustomOps: {}", path,
                              reason_in(error.what())));
    }
    libraries_.push_back(whole);
  }

  Ort::SessionOptions session_options(Optimization optimization) const {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(threads_);
    options.SetInterOpNumThreads(1);
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    options.SetGraphOptimizationLevel(optimization == Optimization::None ? ORT_DISABLE_ALL : ORT_ENABLE_ALL);
    // Weights in the kernels' own layout are copies of them all.
    if (optimization == Optimization::None) options.AddConfigEntry(kOrtSessionOptionsConfigDisablePrepacking, "1");
    for (const auto& library : libraries_) options.RegisterCustomOpsLibrary(library.c_str());
    if (pool_ != nullptr) use_engine_memory(options);
    return options;
  }

  // ONNX Runtime folds constants in memory that no allocator of ours gives: they are computed once before, so that a
  // graph whose constants are beyond the budget is refused. Other failures are the load's to tell.
  void compute_constants(const model::Part& part) const try {
    if (pool_ == nullptr) return;
    const auto constants = model::constants_of(part);
    if (!constants) return;
    Ort::SessionOptions options = session_options(Optimization::None);
    make_session(*constants, options)->run({}, {});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::ResourceExhausted) throw;
  }

  // A graph that the engine runs but cannot write is timed without it.
  std::unique_ptr<OnnxSession> reporting_session(const model::Part& part, const KernelReport& report) const {
    const auto make = [&](bool writes_graph) {
      Ort::SessionOptions options = session_options(Optimization::All);
      options.EnableProfiling(report.trace_prefix().c_str());
      if (writes_graph) write_graph_to(report.graph_path(), options);
      return make_session(part, options);
    };
    try {
      return make(true);
    } catch (const Error&) {
      report.forget_graph();
      return make(false);
    }
  }

  // The graph as optimised, without its weights.
  static void write_graph_to(const std::string& path, Ort::SessionOptions& options) {
    options.SetOptimizedModelFilePath(path.c_str());
    options.AddConfigEntry(kOrtSessionOptionsOptimizedModelExternalInitializersFileName, KernelReport::kWeights);
    options.AddConfigEntry(kOrtSessionOptionsOptimizedModelExternalInitializersMinSizeInBytes,
                           std::to_string(model::kSmallestWeightBytes).c_str());
  }

  std::unique_ptr<OnnxSession> make_session(const model::Part& part, Ort::SessionOptions& options) const {
    std::vector<std::string> names;
    std::vector<Ort::Value> values;
    for (const auto& weight : part.weights) {
      names.push_back(weight.name);
      values.push_back(value_of(weight.tensor));
    }
    if (!names.empty()) options.AddExternalInitializers(names, values);
    std::string reason;
    if (auto session = try_session(part, options, reason)) return session;
    std::string ignored;
    auto session = try_session(model::with_open_inputs(part), options, ignored);
    if (!session) throw refusal_of(reason, fmt::format("ONNX Runtime {}", Ort::GetVersionString()));
    base::log(base::LogLevel::Info, "a part of '{}' runs with open dimensions, since the engine refuses fixed ones: {}",
              part.inputs.empty() ? "" : part.inputs[0].name, reason_in(reason));
    return session;
  }

  // Nothing, and the reason, where the engine refuses the graph.
  std::unique_ptr<OnnxSession> try_session(const model::Part& part, const Ort::SessionOptions& options,
                                           std::string& reason) const {
    const MemoryUse memory(pool_.get());
    try {
      auto session = std::make_unique<OnnxSession>(part, options, pool_);
      // Optimising copies every weight and frees the copies again: without this the process keeps up to twice the
      // model.
      ::malloc_trim(0);
      return session;
    } catch (const Ort::Exception& error) {
      if (const auto refusal = memory.refusal(error.what())) throw *refusal;
      reason = error.what();
      return nullptr;
    }
  }

  int threads_;
  std::shared_ptr<base::MemoryPool> pool_;  // null without a budget
  std::vector<std::string> libraries_;      // of operators
};

}  // namespace

std::unique_ptr<Engine> onnx_runtime(const OnnxRuntimeSettings& settings) {
  return std::make_unique<OnnxRuntime>(settings);
}

}  // namespace tandem::engine
