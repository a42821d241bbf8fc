#include "cli/flags.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdio>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"

namespace tandem::cli {
namespace {

using base::Error;
using base::ErrorKind;

model::ShapeByInput parse_shapes(const std::vector<std::string>& texts) {
  model::ShapeByInput shapes;
  for (const auto& text : texts) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--shape {}: expected NAME=SHAPE, such as input=1x3x224x224", text));
    }
    shapes[text.substr(0, equals)] = base::parse_shape(text.substr(equals + 1));
  }
  return shapes;
}

}  // namespace

void ModelFlags::add_to(CLI::App& command, bool is_required) {
  command.add_option("model", path, "ONNX file")->required(is_required);
  add_settings_to(command);
}

void ModelFlags::add_settings_to(CLI::App& command) {
  command.add_option("--shape", shapes, "Shape of an input whose dimensions the file leaves open: NAME=1x3x224x224")
      ->take_all();
  command.add_option("--threads", threads, "Threads that a run uses here (default: one per core)")
      ->check(CLI::Range(0, 1024));
}

std::unique_ptr<engine::Engine> ModelFlags::make_engine() const {
  return engine::onnx_runtime({threads});
}

model::Model ModelFlags::load(engine::Engine& engine) const {
  return engine::load_model(path, engine, parse_shapes(shapes));
}

void add_json_flag(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print JSON, for scripts");
}

void print_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_json(const base::Json& json) {
  print_text(json.dump(2, ' ', false, base::Json::error_handler_t::replace) + "\n");
}

double parse_milliseconds(const std::string& text, const std::string& flag) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const std::string unit(parsed.ptr, end);
  const double factor = unit.empty() || unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "min" ? 60'000 : 0;
  if (parsed.ec != std::errc{} || factor == 0 || !(value > 0 && value * factor <= 1e9)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{} {}: expected a time such as 60ms, 1.5s or 2min", flag, text));
  }
  return value * factor;
}

}  // namespace tandem::cli
