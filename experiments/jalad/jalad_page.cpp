#include "jalad_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

#include "assets.h"
#include "report/page.h"

namespace tandem::jalad {
namespace {

using namespace report;
using base::Json;

constexpr const char* kAllNetworks = "all networks";
constexpr const char* kAllExits = "all exits";
constexpr const char* kOwnEncoding = "ours, median rate";

std::string text(const Json& object, const char* key) {
  return object.at(key).get<std::string>();
}

std::string figure(const Json& object, const char* key, int digits) {
  const auto& value = object.at(key);
  return value.is_null() ? "–" : fmt::format("{:.{}f}", value.get<double>(), digits);
}

std::string percent_of(const Json& object, const char* key) {
  const auto& ratio = object.at(key);
  return ratio.is_null() ? "–" : fmt::format("{:.0f} %", 100 * ratio.get<double>());
}

std::string points(const Json& value) {
  return fmt::format("{:g} {}", value.get<double>(), value.get<double>() == 1 ? "point" : "points");
}

std::string bound(const Json& experiment) {
  return "≤ " + points(experiment.at("points"));
}

template <class Predicate>
const Json* find(const Json& items, Predicate&& is_wanted) {
  const auto found = std::find_if(items.begin(), items.end(), is_wanted);
  return found == items.end() ? nullptr : &*found;
}

const Json& overall(const Json& experiment) {
  const auto* totals = find(experiment.at("totals"), [](const Json& each) {
    return each.at("network") == kAllNetworks && each.at("exits") == kAllExits;
  });
  return totals == nullptr ? experiment.at("totals").at(0) : *totals;
}

// ---- the head

std::string bits_tile(const Json& experiment) {
  const auto& totals = overall(experiment);
  return tile(fmt::format("Bits per element at {}", bound(experiment)), figure(totals, "median_bits", 2),
              fmt::format("median of {}; {} at the best; {} % of them need at most one bit",
                          count_of(totals.at("cuts").get<std::size_t>(), "cut"), figure(totals, "least_bits", 2),
                          figure(totals, "cuts_of_one_bit_percent", 0)));
}

std::string ratio_tile(const Json& experiment) {
  const auto& totals = overall(experiment);
  return tile(
      "Bytes, of what JALAD's codec needs", percent_of(totals, "median_ratio_to_jalad"),
      fmt::format("at the median cut; of 8 bits with Zstandard: {}", percent_of(totals, "median_ratio_to_int8_zstd")));
}

std::string loss_tile(const Json& experiment) {
  const auto& totals = overall(experiment);
  return tile("Lost on the test part", figure(totals, "median_loss_points", 2) + " points",
              fmt::format("at the median cut and its worst exit; {} at most; settings were chosen on the calibration "
                          "part",
                          figure(totals, "most_loss_points", 2)));
}

std::string map_tile(const Json& map) {
  const auto* own = find(map.at("encodings"), [](const Json& each) { return each.at("name") == kOwnEncoding; });
  if (own == nullptr) return {};
  std::string others;
  for (const auto& encoding : map.at("encodings")) {
    if (&encoding == own) continue;
    others += fmt::format("{}{}: {}", others.empty() ? "" : "; ", text(encoding, "name"),
                          encoding.at("splits").get<std::size_t>());
  }
  return tile("A split wins in", fmt::format("{} of {}", own->at("splits").get<std::size_t>(), own->at("cells").size()),
              others);
}

std::string head(const Json& experiment) {
  const auto& samples = experiment.at("samples");
  const auto facts = fmt::format("{} on {} · {} to choose settings by, {} to report on · measured {}",
                                 count_of(experiment.at("networks").size(), "network"), text(experiment, "data"),
                                 count_of(samples.at("calibration").get<std::size_t>(), "sample"),
                                 samples.at("test").get<std::size_t>(),
                                 human_time(experiment.at("measured_at_s").get<std::int64_t>()));
  const auto& map = experiment.at("map");
  return "<header>\n<p class=\"kicker\">Tandem experiment</p>\n<h1>JALAD's question: which cut, and how few bits</h1>\n"
         "<p class=\"facts\">" +
         escape_markup(facts) + "</p>\n" + no_script_note() + "<dl class=\"tiles\">\n" + bits_tile(experiment) +
         ratio_tile(experiment) + loss_tile(experiment) + (map.is_null() ? "" : map_tile(map)) + "</dl>\n</header>\n";
}

// ---- boxes to choose in: the value is a place in the data

struct Option {
  std::string group;  // empty: none
  std::string text;
  bool is_selected = false;
  std::size_t value = 0;
};

std::string choice(const std::string& chart_id, const std::string& label, const std::vector<Option>& options) {
  std::string html;
  std::string group;
  for (const auto& option : options) {
    if (option.group != group) {
      html +=
          fmt::format("{}<optgroup label=\"{}\">\n", group.empty() ? "" : "</optgroup>\n", escape_markup(option.group));
      group = option.group;
    }
    html += fmt::format("<option value=\"{}\"{}>{}</option>\n", option.value, option.is_selected ? " selected" : "",
                        escape_markup(option.text));
  }
  if (!group.empty()) html += "</optgroup>\n";
  return fmt::format("<label class=\"choice\">{} <select id=\"{}-choice\" autocomplete=\"off\">\n{}</select></label>\n",
                     escape_markup(label), chart_id, html);
}

template <class Show>
std::string choice_of(const std::string& chart_id, const std::string& label, const Json& items, Show&& show) {
  std::vector<Option> options;
  for (const auto& item : items) {
    Option option = show(item);
    option.value = options.size();
    options.push_back(std::move(option));
  }
  return choice(chart_id, label, options);
}

std::string subject_of(const Json& item) {
  return fmt::format("{}, {}", text(item, "network"), text(item, "exits"));
}

// ---- rates

std::string totals_section(const Json& experiment) {
  HtmlTable table({"Network", ">Cuts", ">Median", ">Upper quartile", ">Best", ">At most 1 bit", ">JALAD",
                   ">8 bits, Zstandard", ">÷ JALAD", ">÷ Zstandard", ">Most lost"});
  for (const auto& totals : experiment.at("totals")) {
    table.add({{text(totals, "network"), text(totals, "exits")},
               {std::to_string(totals.at("cuts").get<std::size_t>())},
               {figure(totals, "median_bits", 2)},
               {figure(totals, "upper_quartile_bits", 2)},
               {figure(totals, "least_bits", 2)},
               {figure(totals, "cuts_of_one_bit_percent", 0) + " %"},
               {figure(totals, "median_jalad_bits", 2)},
               {figure(totals, "median_int8_zstd_bits", 2)},
               {figure(totals, "median_ratio_to_jalad", 2)},
               {figure(totals, "median_ratio_to_int8_zstd", 2)},
               {figure(totals, "most_loss_points", 2)}});
  }
  return "<section>\n" + element("h2", fmt::format("Bits per element at {} lost", bound(experiment))) +
         element("p",
                 "Medians over the cuts of each network: the float32 tensors that cross alone between two kernels, "
                 "without the model's input and what has fewer than 64 elements. All exits: the exit that suffers most "
                 "counts; last exit: the network without the others. Where no setting of a codec loses little enough, "
                 "float32 is counted, 32 bits.") +
         table.html() + "</section>\n";
}

std::string points_table(const Json& rates) {
  HtmlTable table({"Network", "Tensor", "Codec", ">Bits per element", ">Lost", ">At most", ">Lost, last exit",
                   ">Answers differently"});
  for (const auto& tensor : rates) {
    for (const auto& point : tensor.at("points")) {
      table.add({{text(tensor, "network"), text(tensor, "exits")},
                 {text(tensor, "tensor")},
                 {text(point, "codec")},
                 {figure(point, "bits", 3)},
                 {figure(point, "loss_points", 2)},
                 {figure(point, "loss_high_points", 2)},
                 {figure(point, "last_exit_loss_points", 2)},
                 {figure(point, "disagreement_percent", 1) + " %"}});
    }
  }
  return table.html();
}

std::size_t point_count(const Json& rates) {
  std::size_t count = 0;
  for (const auto& tensor : rates) count += tensor.at("points").size();
  return count;
}

std::string rates_section(const Json& experiment) {
  const auto& rates = experiment.at("rates");
  return "<section>\n<h2>Accuracy lost against bits per element</h2>\n" +
         element("p",
                 "Percentage points lost on the test part, at the exit that suffers most; a thin line reaches to the "
                 "upper end of the one-sided 95 % interval. Settings of one codec are joined. Down and to the left is "
                 "better.") +
         choice_of("rates", "Tensor", rates,
                   [](const Json& tensor) {
                     return Option{subject_of(tensor), fmt::format("{}{}", text(tensor, "tensor"),
                                                                   tensor.at("is_cut").get<bool>() ? "" : " (no cut)")};
                   }) +
         chart("rates", "Lines: accuracy lost over bits per element, for each codec") +
         folded("All settings as a table", point_count(rates), points_table(rates)) + "</section>\n";
}

// ---- cuts

std::string cuts_table(const Json& cuts) {
  HtmlTable table(
      {"Network", "Tensor", ">Elements", ">Tandem", ">JALAD", ">8 bits, Zstandard", ">÷ JALAD", ">÷ Zstandard"});
  const auto bits = [](const Json& choice) {
    return Cell{figure(choice, "bits", 3), figure(choice, "loss_points", 2) + " lost"};
  };
  for (const auto& cut : cuts) {
    table.add({{text(cut, "network"), text(cut, "exits")},
               {text(cut, "tensor")},
               {std::to_string(cut.at("elements").get<std::size_t>())},
               bits(cut.at("ours")),
               bits(cut.at("jalad")),
               bits(cut.at("int8_zstd")),
               {figure(cut, "ratio_to_jalad", 2)},
               {figure(cut, "ratio_to_int8_zstd", 2)}});
  }
  return table.html();
}

// Those of `cuts` that belong together, in order: one of each.
Json subjects_of(const Json& cuts) {
  Json subjects = Json::array();
  for (const auto& cut : cuts) {
    if (!subjects.empty() && subject_of(subjects.back()) == subject_of(cut)) continue;
    subjects.push_back({{"network", cut.at("network")}, {"exits", cut.at("exits")}});
  }
  return subjects;
}

std::string cuts_section(const Json& experiment) {
  const auto& cuts = experiment.at("cuts");
  return "<section>\n" + element("h2", fmt::format("Bits per element at each cut, at {}", bound(experiment))) +
         element("p",
                 "The coarsest setting that keeps the bound on the calibration part; from the input on the left to the "
                 "answer on the right. 8 bits with Zstandard has no setting, and may lose more.") +
         choice_of("bits", "Network", subjects_of(cuts),
                   [](const Json& subject) {
                     return Option{"", subject_of(subject)};
                   }) +
         chart("bits", "Lines: bits per element of Tandem, JALAD and 8 bits with Zstandard at each cut") +
         folded("Cuts as a table, and what was lost on the test part", cuts.size(), cuts_table(cuts)) + "</section>\n";
}

// ---- the map

std::size_t splits_of(const Json& encoding, const Json& network) {
  const auto& cells = encoding.at("cells");
  return static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(), [&](const Json& cell) {
    return cell.at("network") == network && cell.at("winner") == "split";
  }));
}

std::string map_table(const Json& map) {
  std::vector<std::string> headings{"Network"};
  for (const auto& encoding : map.at("encodings")) headings.push_back(fmt::format(">{}", text(encoding, "name")));
  HtmlTable table(headings);
  std::vector<Cell> sums{{"all"}};
  for (const auto& encoding : map.at("encodings"))
    sums.push_back({std::to_string(encoding.at("splits").get<std::size_t>()),
                    fmt::format("{:.2f} bits", encoding.at("bits").get<double>())});
  table.add(sums);
  for (const auto& network : map.at("networks")) {
    std::vector<Cell> row{{network.get<std::string>()}};
    for (const auto& encoding : map.at("encodings")) row.push_back({std::to_string(splits_of(encoding, network))});
    table.add(row);
  }
  return table.html();
}

std::string map_section(const Json& experiment) {
  const auto& map = experiment.at("map");
  if (map.is_null()) return {};
  const auto how = fmt::format(
      "Published measurements of {} at {}, planned anew: the whole network on the device, on one server, or split. The "
      "input is {} on the wire. On a server Tandem's codec encodes {:g} and decodes {:g} MB of float32 a second, "
      "JALAD's "
      "{:g} and {:g} (0: in no time); on the device both take {:.0f} times longer. 8 bits take no time.",
      count_of(map.at("networks").size(), "network"), count_of(map.at("bandwidths_mbps").size(), "bandwidth"),
      human_bytes(map.at("input_bytes").get<double>()), experiment.at("encode_mbs").get<double>(),
      experiment.at("decode_mbs").get<double>(), experiment.at("jalad_encode_mbs").get<double>(),
      experiment.at("jalad_decode_mbs").get<double>(), map.at("device_slowdown").get<double>());
  return "<section>\n<h2>Where a split beats the whole network on one machine</h2>\n" + element("p", how) +
         choice_of("map", "Encoding", map.at("encodings"),
                   [](const Json& encoding) {
                     return Option{"",
                                   fmt::format("{}, {:.2f} bits: {} of {}", text(encoding, "name"),
                                               encoding.at("bits").get<double>(),
                                               encoding.at("splits").get<std::size_t>(), encoding.at("cells").size()),
                                   encoding.at("name") == kOwnEncoding};
                   }) +
         chart("map", "Cells: who wins, for each network and bandwidth") +
         folded("Cells that a split wins, by network and encoding", map.at("networks").size(), map_table(map)) +
         "</section>\n";
}

// ---- latency

Cell latency_cell(const Json* row) {
  if (row == nullptr) return {"–"};
  const auto& latency = row->at("latency_ms");
  return {latency.is_null() ? "–" : human_ms(latency.get<double>()), text(*row, "plan")};
}

std::string latency_table(const Json& experiment, const Json& rows) {
  std::vector<std::string> headings{">Mbit/s"};
  for (const auto& method : experiment.at("methods")) headings.push_back(text(method, "name"));
  HtmlTable table(headings);
  for (const auto& bandwidth : experiment.at("bandwidths_mbps")) {
    std::vector<Cell> cells{{fmt::format("{:g}", bandwidth.get<double>())}};
    for (const auto& method : experiment.at("methods")) {
      const auto* row = find(rows, [&](const Json& each) {
        return each.at("mbps") == bandwidth && each.at("method") == method.at("name");
      });
      cells.push_back(latency_cell(row));
    }
    table.add(cells);
  }
  return table.html();
}

std::string latency_section(const Json& experiment) {
  const auto& slowdowns = experiment.at("slowdowns");
  const auto how = fmt::format(
      "Predicted by the planner for the network with its last exit alone: compute times are those of one core here, "
      "{:g} times longer on the device, {:g} times on the edge, {:g} times in the cloud. Settings keep {}. Of codecs, "
      "only Tandem's and JALAD's take time. Click a name to show or hide it.",
      slowdowns.at(0).get<double>(), slowdowns.at(1).get<double>(), slowdowns.at(2).get<double>(), bound(experiment));
  HtmlTable about({"Method", "What it may choose"});
  for (const auto& method : experiment.at("methods")) about.add({{text(method, "name")}, {text(method, "about")}});
  std::string tables;
  for (const auto& network : experiment.at("latency")) {
    tables += folded(text(network, "network") + " as a table, with the plans", network.at("rows").size(),
                     latency_table(experiment, network.at("rows")));
  }
  return "<section>\n<h2>Latency as the link gets faster</h2>\n" + element("p", how) +
         choice_of("latency", "Network", experiment.at("latency"),
                   [](const Json& network) {
                     return Option{"", text(network, "network")};
                   }) +
         chart("latency", "Lines: predicted latency of each method over bandwidth") + about.html() + tables +
         "</section>\n";
}

}  // namespace

std::string jalad_page(const Json& experiment) {
  Page page{text(experiment, "data") + " – cuts and bits", {page_style()}};
  page.body = "<main>\n" + head(experiment) + totals_section(experiment) + rates_section(experiment) +
              cuts_section(experiment) + map_section(experiment) + latency_section(experiment) + footer() + "</main>\n";
  page.data = experiment;
  page.scripts = {page_script()};
  return assemble(page);
}

}  // namespace tandem::jalad
