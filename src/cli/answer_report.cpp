#include "cli/answer_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/figures.h"
#include "base/printable.h"
#include "base/statistics.h"
#include "cli/codec_report.h"
#include "cli/output.h"
#include "cli/service_report.h"
#include "cli/table.h"
#include "input/labels.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kMostValuesInJson = 100'000;
constexpr std::size_t kValuesInText = 5;
template <class T, class Convert>
base::Json values_as(const base::Tensor& tensor, std::size_t most, const Convert& convert) {
  base::Json list = base::Json::array();
  for (const T value : tensor.values<T>().first(std::min(most, tensor.values<T>().size())))
    list.push_back(convert(value));
  return list;
}

// The first values of a tensor; null for one without numbers.
base::Json values_of(const base::Tensor& tensor, std::size_t most) {
  const auto number = [](auto value) { return value; };
  switch (tensor.element()) {
    case base::ElementType::Float32:
      return values_as<float>(tensor, most, number);
    case base::ElementType::Float64:
      return values_as<double>(tensor, most, number);
    case base::ElementType::Float16:
      return values_as<std::uint16_t>(tensor, most, base::half_to_float);
    case base::ElementType::BFloat16:
      return values_as<std::uint16_t>(tensor, most, base::bfloat16_to_float);
    case base::ElementType::Int64:
      return values_as<std::int64_t>(tensor, most, number);
    case base::ElementType::Int32:
      return values_as<std::int32_t>(tensor, most, number);
    case base::ElementType::Int16:
      return values_as<std::int16_t>(tensor, most, number);
    case base::ElementType::Int8:
      return values_as<std::int8_t>(tensor, most, number);
    case base::ElementType::UInt64:
      return values_as<std::uint64_t>(tensor, most, number);
    case base::ElementType::UInt32:
      return values_as<std::uint32_t>(tensor, most, number);
    case base::ElementType::UInt16:
      return values_as<std::uint16_t>(tensor, most, number);
    case base::ElementType::UInt8:
    case base::ElementType::Bool:
      return values_as<std::uint8_t>(tensor, most, number);
    default:
      return nullptr;
  }
}

bool has_classes(const base::NamedTensor& output, const Classes& classes) {
  if (!input::is_finite_vector(output.tensor)) return false;
  return classes.is_asked || classes.labels.size() == base::element_count(output.tensor.shape()) ||
         classes.outputs.contains(output.name) || input::is_distribution(output.tensor);
}

std::string label_of(std::size_t index, const std::vector<std::string>& labels) {
  return index < labels.size() ? labels[index] : fmt::format("class {}", index);
}

base::Json guesses_json(const base::Tensor& output, const Classes& classes) {
  base::Json list = base::Json::array();
  for (const auto& guess : input::top_k(output, classes.top)) {
    list.push_back(
        {{"class", guess.index}, {"label", label_of(guess.index, classes.labels)}, {"probability", guess.probability}});
  }
  return list;
}

base::Json json_of(const base::NamedTensor& output, const Classes& classes) {
  base::Json json = {
      {"name", output.name}, {"type", base::name_of(output.tensor.element())}, {"shape", output.tensor.shape()}};
  const bool is_small = base::element_count(output.tensor.shape()) <= kMostValuesInJson;
  json["values"] = is_small ? values_of(output.tensor, kMostValuesInJson) : base::Json(nullptr);
  if (!classes.labels.empty() && has_classes(output, classes)) json["classes"] = guesses_json(output.tensor, classes);
  return json;
}

base::Json json_of(const rpc::HopReport& hop) {
  base::Json json = {{"target", hop.target},         {"compute_ms", hop.compute_ms}, {"exchange_ms", hop.exchange_ms},
                     {"sent_bytes", hop.sent_bytes}, {"encode_ms", hop.encode_ms},   {"decode_ms", hop.decode_ms}};
  if (hop.waited_ms > 0) json["waited_ms"] = hop.waited_ms;
  for (const auto& offload : hop.offloads) json["offloads"].push_back(json_of(offload));
  for (const auto& deposit : hop.deposits) json["deposits"].push_back(json_of(deposit));
  return json;
}

// Each hop, followed by what others did beside it, and by what it sent past the next one.
std::vector<rpc::HopReport> rows_of(const std::vector<rpc::HopReport>& hops) {
  std::vector<rpc::HopReport> rows;
  for (const auto& hop : hops) {
    rows.push_back(hop);
    for (rpc::HopReport offload : hop.offloads) {
      offload.target = "∥ " + offload.target;
      rows.push_back(std::move(offload));
    }
    for (rpc::HopReport deposit : hop.deposits) {
      deposit.target = "⤳ " + deposit.target;
      rows.push_back(std::move(deposit));
    }
  }
  return rows;
}

// With the codecs' times where there are any.
std::string text_of(const std::vector<rpc::HopReport>& all_hops) {
  const auto hops = rows_of(all_hops);
  const bool has_codecs =
      std::ranges::any_of(hops, [](const rpc::HopReport& hop) { return hop.encode_ms > 0 || hop.decode_ms > 0; });
  std::vector<std::string> headings = {"target", ">compute ms", ">next hop ms", ">sent"};
  if (has_codecs) headings.insert(headings.end(), {">decode ms", ">encode ms"});
  Table table(headings);
  for (const auto& hop : hops) {
    std::vector<std::string> row = {hop.target, base::ms_number(hop.compute_ms), base::ms_number(hop.exchange_ms),
                                    base::human_bytes(static_cast<double>(hop.sent_bytes))};
    if (has_codecs) row.insert(row.end(), {base::ms_number(hop.decode_ms), base::ms_number(hop.encode_ms)});
    table.add(std::move(row));
  }
  return table.text();
}

std::string guesses_text(const base::Tensor& output, const Classes& classes) {
  std::string text;
  for (const auto& guess : input::top_k(output, classes.top))
    text +=
        fmt::format("{:6.2f} %  {}\n", 100 * guess.probability, base::printable(label_of(guess.index, classes.labels)));
  return text;
}

std::string text_of_values(const base::Tensor& tensor) {
  if (tensor.size() == 0) return ", empty";
  std::vector<std::string> texts;
  for (const auto& value : values_of(tensor, kValuesInText))
    texts.push_back(value.is_number_float() ? fmt::format("{:.5g}", value.get<double>()) : value.dump());
  if (texts.empty()) return "";
  return fmt::format(": {}{}", fmt::join(texts, ", "),
                     base::element_count(tensor.shape()) > kValuesInText ? ", …" : "");
}

// Its classes, or its type and its first values.
std::string text_of(const base::NamedTensor& output, const Classes& classes) {
  if (has_classes(output, classes)) return guesses_text(output.tensor, classes);
  return fmt::format("output '{}': {}{}\n", base::printable(output.name), base::to_string(output.tensor.type()),
                     text_of_values(output.tensor));
}

std::string heading_of(const workspace::InputRun& run) {
  const plan::Plan& best = run.choice.best;
  return fmt::format("plan: {}{}\npredicted {} ms, measured {} ms{}\n", best.summary(), text_of_codecs(best),
                     base::ms_number(best.latency_ms), base::ms_number(base::median(run.latencies_ms)),
                     run.latencies_ms.size() > 1 ? fmt::format(" (median of {})", run.latencies_ms.size()) : "");
}

}  // namespace

base::Json json_of(const workspace::InputRun& run, const Classes& classes) {
  base::Json json = {{"plan", plan::to_json(run.choice.best, "ms")},
                     {"predicted_ms", run.choice.best.latency_ms},
                     {"measured_ms", base::median(run.latencies_ms)},
                     {"samples_ms", run.latencies_ms},
                     {"outputs", base::Json::array()},
                     {"hops", base::Json::array()},
                     {"native_plans", base::Json::array()}};
  for (const auto& output : run.answer.outputs) json["outputs"].push_back(json_of(output, classes));
  for (const auto& hop : run.answer.hops) json["hops"].push_back(json_of(hop));
  for (const auto& native : run.choice.natives) json["native_plans"].push_back(plan::to_json(native, "ms"));
  json.update(json_of(run.service, run.choice.best));
  if (run.check) {
    json["max_relative_difference"] = number_of(run.check->difference);
    json["is_same"] = run.check->is_same;
  }
  return json;
}

std::string text_of(const workspace::InputRun& run, const Classes& classes) {
  std::string text = heading_of(run) + text_of(run.answer.hops);
  for (const auto& native : run.choice.natives)
    text += fmt::format("native plan, {}: predicted {} ms\n", native.summary(), base::ms_number(native.latency_ms));
  if (run.check)
    text += fmt::format("largest relative difference from the whole model in one process: {:.1e}{}\n",
                        run.check->difference,
                        run.check->is_same ? "" : fmt::format(": NOT the same within {:g}", run.check->tolerance));
  text += text_of(run.service, run.choice.best);
  for (const auto& output : run.answer.outputs) text += text_of(output, classes);
  return text;
}

}  // namespace tandem::cli
