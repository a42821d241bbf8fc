// PORTEND: Ebrahimi, da Silva Veith, Gabel and de Lara, "PORTEND: A Joint Performance Model for Partitioned
// Early-Exiting DNNs", ICPADS 2023; github.com/MaryamEbr/PORTEND_Performance_Model. Its latency (add_estimated_… in
// helper_functions_last.py): the time of each partition on its tier, pickling at either end of a transfer, the tiers'
// latencies one way and back, and the pickle's size over the bandwidth; over several hops, packets of 9,000 bytes
// follow each other, so the slowest hop counts in full, and the others for one packet.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "plan/import/parts.h"
#include "plan/import/portend_files.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

constexpr double kPacketBytes = 9'000;
constexpr std::string_view kPartitionFile = "profiling_partition_";

struct Device {
  std::map<std::string, std::vector<double>> block_ms;  // by model
  std::map<std::string, std::vector<Pickle>> pickles;   // by model without data set: the input, each block's output
};

class PortendImport {
 public:
  PortendImport(const std::vector<ImportFile>& files, const ImportOptions& options) {
    for (const auto& file : files) sort_in(file);
    if (topology_.empty()) refuse("portend", "topology_file.txt is missing");
    imported_.model = choose("model", options.model, models_);
  }

  Imported take() && {
    read_hops();
    add_targets();
    add_tensors();
    problem().allows_relays = false;
    link_to_later(problem(), [&](std::size_t from, std::size_t to) { return way(from, to); });
    check(problem(), "portend");
    note_losses();
    return std::move(imported_);
  }

 private:
  Problem& problem() { return imported_.problem; }

  void sort_in(const ImportFile& file) {
    const std::string name = file_name(file.path);
    if (name == "topology_file.txt") {
      topology_ = read_topology(file);
    } else if (name == "profiling_pickle.pkl") {
      devices_[folder_name(file.path)].pickles = read_pickles(file);
    } else if (name.starts_with(kPartitionFile)) {
      const std::string model = name.substr(kPartitionFile.size(), name.rfind('.') - kPartitionFile.size());
      add_once(models_, model);
      devices_[folder_name(file.path)].block_ms[model] = read_partitions(file);
    } else {
      refuse(file.path,
             "expected topology_file.txt, DEVICE/profiling_partition_MODEL_DATA.txt or "
             "DEVICE/profiling_pickle.pkl");
    }
  }

  std::vector<double> numbers(const std::string& key) const {
    std::vector<double> values;
    for (const auto& text : words(key)) {
      double value = 0;
      const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
      if (result.ptr != text.data() + text.size() || text.empty() || !(value >= 0 && value <= 1e9))
        refuse("topology_file.txt", fmt::format("{}: expected a number from 0 to 1e9, found '{}'", key, text));
      values.push_back(value);
    }
    return values;
  }
  const std::vector<std::string>& words(const std::string& key) const {
    const auto found = topology_.find(key);
    if (found == topology_.end()) refuse("topology_file.txt", fmt::format("no line '{} > …'", key));
    return found->second;
  }

  void read_hops() {
    hop_mbps_ = numbers("bw_between_tiers");
    hop_ms_ = numbers("latency_between_tiers");
    types_ = words("type_of_tiers");
    if (hop_mbps_.size() != hop_ms_.size() || std::ranges::find(hop_mbps_, 0.0) != hop_mbps_.end())
      refuse("topology_file.txt", "expected a bandwidth above 0 and a latency for each hop between tiers");
    if (types_.size() > hop_ms_.size() + 1) {
      imported_.lost.push_back(fmt::format("tiers from {} on, to which no hop leads", types_[hop_ms_.size() + 1]));
      types_.resize(hop_ms_.size() + 1);
    }
  }

  const Device& device_of(const std::string& type) const {
    const auto found = devices_.find(type);
    if (found == devices_.end() || !found->second.block_ms.contains(imported_.model))
      refuse("portend", fmt::format("no file {}/{}{}.txt", type, kPartitionFile, imported_.model));
    return found->second;
  }

  // The model's name ends where that of its data set begins.
  const std::vector<Pickle>& pickles_of(const std::string& type) const {
    const auto& pickles = device_of(type).pickles;
    const auto found = pickles.find(imported_.model.substr(0, imported_.model.rfind('_')));
    if (found == pickles.end())
      refuse("portend", fmt::format("no pickles of {} in {}/profiling_pickle.pkl", imported_.model, type));
    return found->second;
  }

  void add_targets() {
    const auto& first = device_of(types_[0]).block_ms.at(imported_.model);
    for (std::size_t i = 0; i < first.size(); ++i)
      problem().blocks.push_back({fmt::format("block{}", i + 1), i, i + 1});
    std::map<std::string, std::size_t> used;
    for (const auto& type : types_) {
      const std::size_t times = ++used[type];
      Target target{times > 1 ? fmt::format("{}#{}", type, times) : type};
      target.block_ms = device_of(type).block_ms.at(imported_.model);
      if (pickles_of(type).size() < first.size())
        refuse("portend", fmt::format("{}: {} pickles, expected {}: of the input and of each block but the last", type,
                                      pickles_of(type).size(), first.size()));
      problem().targets.push_back(std::move(target));
    }
    give_each_a_tier(problem(), "portend");
    // A request is pickled on its way into the first tier, too.
    const Pickle& input = pickles_of(types_[0])[0];
    problem().targets[0].stage_overhead_ms = input.dump_ms + input.load_ms;
  }

  void add_tensors() {
    std::vector<double> bytes;
    for (const auto& pickle : pickles_of(types_[0])) bytes.push_back(pickle.bytes);
    add_chain_tensors(problem(), bytes[0], std::vector<double>(bytes.begin() + 1, bytes.end()));
    for (std::size_t place = 0; place < problem().tensors.size(); ++place) {
      Encoding& encoding = problem().tensors[place].encodings[0];
      for (const auto& type : types_) {
        encoding.encode_ms.push_back(pickles_of(type)[place].dump_ms);
        encoding.decode_ms.push_back(pickles_of(type)[place].load_ms);
      }
    }
  }

  // The hops between two tiers, as one link.
  Link way(std::size_t from, std::size_t to) const {
    Link link;
    link.upload_mbps = *std::min_element(hop_mbps_.begin() + static_cast<std::ptrdiff_t>(from),
                                         hop_mbps_.begin() + static_cast<std::ptrdiff_t>(to));
    link.download_mbps = link.upload_mbps;
    for (std::size_t hop = from; hop < to; ++hop) {
      link.round_trip_ms += 2 * hop_ms_[hop];
      if (hop_mbps_[hop] != link.upload_mbps) link.round_trip_ms += kPacketBytes * 8 / (hop_mbps_[hop] * 1000);
    }
    return link;
  }

  void note_losses() {
    imported_.lost.emplace_back("times of partitions of several blocks: a stage takes the sum of its blocks");
    imported_.lost.emplace_back("exits: their rates are pickled tables of each partition; add policies to the problem");
    imported_.lost.emplace_back("the size of answers, below a kilobyte");
    if (words("source_tier_name") != words("destination_tier_name"))
      imported_.lost.emplace_back("the destination tier: answers return to the source");
  }

  std::map<std::string, std::vector<std::string>> topology_;
  std::map<std::string, Device> devices_;
  std::vector<std::string> models_;
  std::vector<std::string> types_;
  std::vector<double> hop_mbps_;
  std::vector<double> hop_ms_;
  Imported imported_;
};

}  // namespace

Imported import_portend(const std::vector<ImportFile>& files, const ImportOptions& options) {
  return PortendImport(files, options).take();
}

}  // namespace tandem::plan
