#include "plan/show/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/figures.h"
#include "base/markup.h"
#include "plan/show/colour.h"
#include "plan/show/picture_labels.h"
#include "plan/show/picture_layout.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr double kLeastShade = 0.18;  // of a block that takes no time
constexpr double kLeastLabelledHeight = 11;
constexpr std::size_t kManyCrossings = 36;  // more than these are drawn as thin lines

std::string escaped(std::string_view text) {
  return base::escape_markup(valid_text(text));
}

class Picture {
 public:
  Picture(const Problem& problem, const Plan& plan)
      : problem_(problem), plan_(plan), decision_(plan.decision), layout_(make_layout(problem, plan)) {
    for (std::size_t block = 0; block < problem.blocks.size(); ++block)
      longest_ms_ = std::max(longest_ms_, block_ms(block));
  }

  std::string draw() {
    open();
    for (const auto& lane : layout_.lanes) draw_lane(lane);
    draw_edges();
    draw_crossings();
    draw_boxes();
    draw_inputs();
    draw_labels();
    draw_footer();
    return text_ + "</svg>\n";
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  void open();
  void draw_lane(const Lane& lane);
  void draw_hop(const Lane& lane);
  void draw_edges();
  void draw_crossings();
  void draw_boxes();
  void draw_box(std::size_t block);
  void draw_inputs();
  void draw_labels();
  void draw_footer();

  bool runs(std::size_t block) const { return decision_.position[block] != kNone; }
  std::size_t source_place(const Tensor& tensor) const {
    return tensor.producer == kNone ? 0 : decision_.position[tensor.producer];
  }
  bool crosses(const Tensor& tensor, std::size_t consumer) const {
    return runs(consumer) && (tensor.producer == kNone || runs(tensor.producer)) &&
           decision_.position[consumer] > source_place(tensor);
  }
  double block_ms(std::size_t block) const;
  Colour colour_of(std::size_t block) const;
  std::string tooltip_of(std::size_t block) const;

  const Problem& problem_;
  const Plan& plan_;
  const Decision& decision_;
  const Layout layout_;
  double longest_ms_ = 0;
  std::string text_;
};

double Picture::block_ms(std::size_t block) const {
  if (!runs(block)) return 0;
  const Target& target = problem_.targets[decision_.route[decision_.position[block]]];
  return target.block_ms[block] * target.load;
}

// By the square root of its share of the longest time: small differences among short blocks stay visible.
Colour Picture::colour_of(std::size_t block) const {
  if (!runs(block)) return tint(kIdleColour, kLeastShade);
  const double share = longest_ms_ > 0 ? std::sqrt(block_ms(block) / longest_ms_) : 0;
  const Colour& lane = kLaneColours[decision_.position[block] % std::size(kLaneColours)];
  return tint(lane, kLeastShade + (1 - kLeastShade) * share);
}

std::string Picture::tooltip_of(std::size_t block) const {
  const Block& each = problem_.blocks[block];
  const std::string layers = text_of_layers(each.first, each.last);
  if (!runs(block)) return fmt::format("{}: {}, does not run", each.name, layers);
  const std::size_t place = decision_.position[block];
  const auto exit = std::ranges::find(problem_.exits, block, &Exit::block);
  return fmt::format("{}: {}, {} on {}{}", each.name, layers, base::human_ms(block_ms(block)),
                     plan_.stages[place].target, exit == problem_.exits.end() ? "" : ", exit " + exit->name);
}

void Picture::open() {
  const auto characters = static_cast<std::size_t>((layout_.width - 48) / 8.6);
  add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\" font-size=\"11\">\n",
      layout_.width, layout_.height);
  add("<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", escaped(plan_.summary()));
  add("<text x=\"24\" y=\"32\" font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\">{}</text>\n",
      escaped(shortened(plan_.summary(), characters)));
  std::string facts =
      fmt::format("{}: {}", name_of(problem_.objective.kind), text_of_cost(problem_.objective, plan_.cost));
  if (problem_.objective.kind != ObjectiveKind::Latency) facts += " · latency " + base::human_ms(plan_.latency_ms);
  if (plan_.accuracy < 100) facts += fmt::format(" · {:.4g} % right", plan_.accuracy);
  facts += fmt::format(" · {} sent", base::human_bytes(plan_.upload_bytes));
  add("<text x=\"24\" y=\"54\" font-size=\"13\" fill=\"#444444\">{}</text>\n", escaped(facts));
}

void Picture::draw_lane(const Lane& lane) {
  const bool is_idle = lane.place >= plan_.stages.size();
  const Colour colour = is_idle ? kIdleColour : kLaneColours[lane.place % std::size(kLaneColours)];
  const double middle = lane.top + lane.height / 2;
  add("<rect x=\"12\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\" fill=\"{}\"/>\n", lane.top,
      layout_.width - 24, lane.height, hex(tint(colour, 0.07)));
  add("<rect x=\"12\" y=\"{:.1f}\" width=\"5\" height=\"{:.1f}\" rx=\"2\" fill=\"{}\"/>\n", lane.top, lane.height,
      hex(colour));
  const auto line = [&](double y, const char* style, const std::string& text) {
    add("<text x=\"28\" y=\"{:.1f}\" {}>{}</text>\n", y, style, escaped(text));
  };
  constexpr const char* kStrong = "font-size=\"14\" font-weight=\"bold\" fill=\"#1a1a1a\"";
  constexpr const char* kQuiet = "fill=\"#444444\"";
  if (is_idle) return line(middle + 4, kQuiet, "does not run");
  const Stage& stage = plan_.stages[lane.place];
  line(middle - 4, kStrong, shortened(stage.target, 17));
  line(middle + 13, kQuiet,
       stage.runs_layers() ? "computes " + base::human_ms(stage.compute_ms) : "hands its input on");
  if (lane.place + 1 < plan_.stages.size()) draw_hop(lane);
}

void Picture::draw_hop(const Lane& lane) {
  const Stage& stage = plan_.stages[lane.place];
  const double gap = layout_.lanes[lane.place + 1].top - lane.top - lane.height;
  add("<text x=\"28\" y=\"{:.1f}\" fill=\"{}\">↓ {} · {}</text>\n", lane.top + lane.height + gap / 2 + 4,
      kCrossingColour, base::human_bytes(stage.sent_bytes), base::human_ms(stage.exchange_ms));
}

void Picture::draw_edges() {
  add("<path fill=\"none\" stroke=\"#8a8a8a\" stroke-width=\"{:.1f}\" d=\"", layout_.column_pitch < 12 ? 0.5 : 0.9);
  for (std::size_t i = 0; i < problem_.tensors.size(); ++i) {
    for (const std::size_t consumer : problem_.tensors[i].consumers) {
      if (!crosses(problem_.tensors[i], consumer)) text_ += layout_.edge(problem_, i, consumer).path();
    }
  }
  add("\"/>\n");
}

void Picture::draw_crossings() {
  const double width = decision_.crossings.size() > kManyCrossings ? 1.2 : 2.2;
  for (std::size_t i = 0; i < problem_.tensors.size(); ++i) {
    const Tensor& tensor = problem_.tensors[i];
    std::string path;
    for (const std::size_t consumer : tensor.consumers) {
      if (crosses(tensor, consumer)) path += layout_.edge(problem_, i, consumer).path();
    }
    if (path.empty()) continue;
    const auto crossing = std::ranges::find(decision_.crossings, i, &Crossing::tensor);
    const std::string sent =
        crossing == decision_.crossings.end() ? "" : ": " + text_of(tensor.encodings[crossing->encoding]);
    add("<path fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-opacity=\"0.85\" "
        "d=\"{}\"><title>{}</title></path>\n",
        kCrossingColour, width, path, escaped(tensor.name + sent));
  }
}

void Picture::draw_boxes() {
  for (std::size_t block = 0; block < problem_.blocks.size(); ++block) draw_box(block);
}

void Picture::draw_box(std::size_t block) {
  const Point centre = layout_.boxes[block].centre;
  const double width = layout_.box_width();
  const double height = layout_.box_height(block);
  const Colour fill = colour_of(block);
  const bool is_exit = std::ranges::find(problem_.exits, block, &Exit::block) != problem_.exits.end();
  const std::string outline =
      std::min(width, height) < 5
          ? ""
          : fmt::format(" stroke=\"{}\" stroke-width=\"{}\"", is_exit ? "#1a1a1a" : "#5a5a5a", is_exit ? 2 : 0.6);
  add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.1f}\" "
      "fill=\"{}\"{}><title>{}</title></rect>\n",
      centre.x - width / 2, centre.y - height / 2, width, height, std::min({3.0, width / 4, height / 4}), hex(fill),
      outline, escaped(tooltip_of(block)));
  const auto room = static_cast<std::size_t>(std::max(0.0, (width - 6) / 5.7));
  if (room < 4 || height < kLeastLabelledHeight) return;
  add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\" text-anchor=\"middle\" fill=\"{}\" "
      "pointer-events=\"none\">{}</text>\n",
      centre.x, centre.y + 3.4, std::min(10.0, height * 0.8), is_dark(fill) ? "#ffffff" : "#1a1a1a",
      escaped(shortened(problem_.blocks[block].name, room)));
}

void Picture::draw_inputs() {
  std::string names;
  for (std::size_t i = 0; i < problem_.tensors.size(); ++i) {
    if (problem_.tensors[i].producer == kNone) names += (names.empty() ? "" : ", ") + problem_.tensors[i].name;
  }
  if (names.empty() || layout_.lanes.empty()) return;
  const Lane& lane = layout_.lanes.front();
  add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"#1a1a1a\"><title>input: {}</title></circle>\n",
      layout_.left - 12, lane.top + lane.height / 2, escaped(shortened(names, 200)));
}

void Picture::draw_labels() {
  for (const auto& label : place_labels(problem_, plan_.decision, layout_))
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\" font-weight=\"bold\" paint-order=\"stroke\" stroke=\"#ffffff\" "
        "stroke-width=\"3\">{}</text>\n",
        label.left + 2, label.middle + 4, kCrossingColour, escaped(label.text));
}

void Picture::draw_footer() {
  add("<text x=\"24\" y=\"{:.1f}\" fill=\"#666666\">A box is a block of layers, darker the longer it takes, right of "
      "all that it waits for; thick lines cross a link.</text>\n",
      layout_.height - 12);
}

}  // namespace

std::string to_svg(const Problem& problem, const Plan& plan) {
  return Picture(problem, plan).draw();
}

}  // namespace tandem::plan
