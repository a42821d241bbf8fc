#include "train/checkpoint.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

namespace tandem::train {
namespace {

using base::Error;
using base::ErrorKind;
using base::Json;
using base::JsonView;

constexpr std::string_view kMagic = "tandem.checkpoint 1\n";
constexpr std::size_t kDigestSize = 64;
constexpr std::size_t kHeadSize = kMagic.size() + kDigestSize + 1;
constexpr std::size_t kMostTensors = 1'000'000;
constexpr std::size_t kMostDimensions = 16;

Json to_json(const std::vector<base::NamedTensor>& tensors) {
  Json list = Json::array();
  for (const auto& [name, tensor] : tensors) {
    const auto element = static_cast<std::int64_t>(tensor.element());
    list.push_back({{"name", name}, {"element", element}, {"shape", tensor.shape()}});
  }
  return list;
}

std::string header_of(const Checkpoint& checkpoint) {
  Json curve = Json::array();
  for (const auto& record : checkpoint.curve) curve.push_back(to_json(record));
  const Json header = {{"decided_by", checkpoint.decided_by},
                       {"curve", curve},
                       {"weights", to_json(checkpoint.weights)},
                       {"optimizer", to_json(checkpoint.optimizer)}};
  return header.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Calls `use` with each piece of the digested content.
template <class Use>
void for_each_piece(const Checkpoint& checkpoint, const Use& use) {
  const std::string header = header_of(checkpoint);
  use(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : checkpoint.weights) use(tensor.bytes());
  for (const auto& [name, tensor] : checkpoint.optimizer) use(tensor.bytes());
}

EpochRecord read_record(const JsonView& view) {
  EpochRecord record;
  record.epoch = static_cast<int>(view["epoch"].integer(1, 100'000));
  record.seconds = view["seconds"].number();
  record.images_per_second = view["images_per_second"].number();
  record.learning_rate = view["learning_rate"].number();
  record.train_loss = view["train_loss"].number();
  for (const auto& accuracy : view["calibration_accuracy"].items())
    record.calibration_accuracy.push_back(accuracy.number());
  return record;
}

Error damaged(const std::filesystem::path& path) {
  return Error(
      ErrorKind::InvalidInput,
      fmt::format("{}: damaged: its content does not match its digest; start anew without --resume", path.string()));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The content after the digest, once checked against it.
std::span<const std::byte> checked_body(const base::MappedFile& file, const std::filesystem::path& path) {
  const std::string_view text = text_of(file.bytes);
  if (!text.starts_with(kMagic)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: not a checkpoint of tandem train, version 1", path.string()));
  }
  if (text.size() < kHeadSize) throw damaged(path);
  const std::span<const std::byte> body = file.bytes.subspan(kHeadSize);
  if (text.substr(0, kHeadSize).substr(kMagic.size()) != base::digest_of(body) + "\n") throw damaged(path);
  return body;
}

// Takes tensors off the front of the bytes after the header.
class TensorReader {
 public:
  explicit TensorReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::vector<base::NamedTensor> read(const JsonView& list) {
    std::vector<base::NamedTensor> tensors;
    for (const auto& view : list.items(kMostTensors)) {
      base::TensorType type;
      type.element = static_cast<base::ElementType>(view["element"].integer(0, 16));
      for (const auto& dimension : view["shape"].items(kMostDimensions))
        type.shape.push_back(dimension.integer(0, INT64_MAX));
      if (base::size_bytes(type) > bytes_.size()) view.fail("a tensor within the file");
      tensors.push_back(
          {view["name"].string(), base::Tensor::of<std::byte>(type, bytes_.first(base::size_bytes(type)))});
      bytes_ = bytes_.subspan(base::size_bytes(type));
    }
    return tensors;
  }

 private:
  std::span<const std::byte> bytes_;
};

void check_same(const JsonView& found, const Json& expected, const std::filesystem::path& path) {
  for (const auto& [key, value] : expected.items()) {
    const auto view = found.find(key);
    const Json other = view ? view->json() : Json();
    if (other == value) continue;
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: belongs to a training with {} {}, expected {}; start anew without --resume",
                            path.string(), key, other.dump(), value.dump()));
  }
}

}  // namespace

Json to_json(const EpochRecord& record) {
  return {{"epoch", record.epoch},
          {"seconds", record.seconds},
          {"images_per_second", record.images_per_second},
          {"learning_rate", record.learning_rate},
          {"train_loss", record.train_loss},
          {"calibration_accuracy", record.calibration_accuracy}};
}

void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  base::Digester digester;
  for_each_piece(checkpoint, [&](std::span<const std::byte> bytes) { digester.add(bytes); });
  base::AtomicFile file(path);
  file.write(std::string(kMagic) + digester.finish() + "\n");
  for_each_piece(checkpoint, [&](std::span<const std::byte> bytes) { file.write(bytes); });
  file.commit();
}

Checkpoint read_checkpoint(const std::filesystem::path& path, const Json& decided_by) {
  const base::MappedFile file = base::map_file(path);
  const std::span<const std::byte> body = checked_body(file, path);
  const std::size_t header_size = text_of(body).find('\n');
  if (header_size == std::string_view::npos) throw damaged(path);
  const Json header = base::parse_json(text_of(body.first(header_size)), path.string());
  const JsonView view(header, path.string());
  Checkpoint checkpoint;
  check_same(view["decided_by"], decided_by, path);
  checkpoint.decided_by = decided_by;
  for (const auto& record : view["curve"].items()) checkpoint.curve.push_back(read_record(record));
  TensorReader reader(body.subspan(header_size + 1));
  checkpoint.weights = reader.read(view["weights"]);
  checkpoint.optimizer = reader.read(view["optimizer"]);
  return checkpoint;
}

}  // namespace tandem::train
