#include "plan/show/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/figures.h"
#include "plan/show/picture_heading.h"
#include "plan/show/picture_labels.h"
#include "plan/show/picture_layout.h"
#include "plan/show/picture_style.h"
#include "plan/show/picture_timeline.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr double kLeastShade = 0.15;  // of a block that takes no time
constexpr double kMostShade = 0.6;    // of a block with a name, which stays readable in both schemes
constexpr double kLaneShade = 0.07;
constexpr double kLeastLabelledHeight = 11;
constexpr std::size_t kLeastName = 4;       // characters
constexpr std::size_t kManyCrossings = 36;  // more than these are drawn as thin lines

class Picture {
 public:
  Picture(const Problem& problem, const Plan& plan)
      : problem_(problem), plan_(plan), decision_(plan.decision), layout_(make_layout(problem, plan)) {
    for (std::size_t block = 0; block < problem.blocks.size(); ++block)
      longest_ms_ = std::max(longest_ms_, block_ms(block));
  }

  std::string draw() {
    text_ = picture_heading(problem_, plan_, layout_.width, layout_.height);
    for (const auto& lane : layout_.lanes) draw_lane(lane);
    draw_edges();
    draw_crossings();
    draw_boxes();
    draw_inputs();
    draw_labels();
    text_ += draw_timeline(timeline_bars(plan_), {layout_.timeline_top, layout_.left, layout_.width - 24});
    draw_footer();
    return text_ + "</svg>\n";
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  void draw_lane(const Lane& lane);
  void draw_lane_text(const Lane& lane);
  void draw_hop(const Lane& lane);
  void draw_edges();
  void draw_crossings();
  void draw_boxes();
  void draw_box(std::size_t block);
  void draw_box_name(std::size_t block);
  void draw_inputs();
  void draw_labels();
  void draw_footer();

  bool runs(std::size_t block) const { return decision_.position[block] != kNone; }
  std::size_t source_of(const Tensor& tensor) const {
    return tensor.producer == kNone ? decision_.route[0] : decision_.target_of(tensor.producer);
  }
  bool crosses(const Tensor& tensor, std::size_t consumer) const {
    return runs(consumer) && (tensor.producer == kNone || runs(tensor.producer)) &&
           decision_.target_of(consumer) != source_of(tensor);
  }
  std::size_t room_for_name() const { return static_cast<std::size_t>(std::max(0.0, (layout_.box_width() - 6) / 6.2)); }
  double block_ms(std::size_t block) const;
  std::string fill_of(std::size_t place) const;
  double shade_of(std::size_t block) const;
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
  const Target& target = problem_.targets[decision_.target_of(block)];
  return target.block_ms[block] * target.load;
}

// The class of the target's colour, by its place on the route; past its end: of blocks that do not run.
std::string Picture::fill_of(std::size_t place) const {
  return place < decision_.route.size() ? fill_of_target(decision_.route[place]) : "fill-exchange";
}

// By the square root of its share of the longest time: small differences among short blocks stay visible.
double Picture::shade_of(std::size_t block) const {
  const double share = longest_ms_ > 0 ? std::sqrt(block_ms(block) / longest_ms_) : 0;
  const double most = room_for_name() >= kLeastName ? kMostShade : 1;
  return kLeastShade + (most - kLeastShade) * share;
}

std::string Picture::tooltip_of(std::size_t block) const {
  const Block& each = problem_.blocks[block];
  const std::string layers = text_of_layers(each.first, each.last);
  if (!runs(block)) return fmt::format("{}: {}, does not run", each.name, layers);
  const auto exit = std::ranges::find(problem_.exits, block, &Exit::block);
  return fmt::format("{}: {}, {} on {}{}", each.name, layers, base::human_ms(block_ms(block)),
                     problem_.targets[decision_.target_of(block)].name,
                     exit == problem_.exits.end() ? "" : ", exit " + exit->name);
}

void Picture::draw_lane(const Lane& lane) {
  const std::string fill = fill_of(lane.place);
  add("<rect x=\"12\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\" class=\"{}\" fill-opacity=\"{}\"/>\n",
      lane.top, layout_.width - 24, lane.height, fill, kLaneShade);
  add("<rect x=\"12\" y=\"{:.1f}\" width=\"5\" height=\"{:.1f}\" rx=\"2\" class=\"{}\"/>\n", lane.top, lane.height,
      fill);
  draw_lane_text(lane);
}

void Picture::draw_lane_text(const Lane& lane) {
  const double middle = lane.top + lane.height / 2;
  const auto line = [&](double y, const char* look, const std::string& text) {
    add("<text x=\"28\" y=\"{:.1f}\" {}>{}</text>\n", y, look, as_markup(text));
  };
  constexpr const char* kStrong = "font-size=\"14\" font-weight=\"bold\" class=\"fill-text\"";
  constexpr const char* kQuiet = "class=\"fill-muted\"";
  if (lane.place >= plan_.stages.size()) return line(middle + 4, kQuiet, "does not run");
  const Stage& stage = plan_.stages[lane.place];
  line(middle - 4, kStrong, shortened(stage.target, 15));
  line(middle + 13, kQuiet,
       stage.runs_layers() ? "computes " + base::human_ms(stage.compute_ms) : "hands its input on");
  if (lane.place + 1 < plan_.stages.size()) draw_hop(lane);
}

void Picture::draw_hop(const Lane& lane) {
  const Stage& stage = plan_.stages[lane.place];
  const double gap = layout_.lanes[lane.place + 1].top - lane.top - lane.height;
  add("<text x=\"28\" y=\"{:.1f}\" class=\"fill-text\">↓ {} · {}</text>\n", lane.top + lane.height + gap / 2 + 4,
      base::human_bytes(stage.sent_bytes), base::human_ms(stage.exchange_ms));
}

void Picture::draw_edges() {
  add("<path fill=\"none\" class=\"stroke-muted\" stroke-width=\"{:.1f}\" d=\"", layout_.column_pitch < 12 ? 0.5 : 0.9);
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
    const auto handing = std::ranges::find(decision_.handings, i, &Handing::tensor);
    std::string sent;
    if (crossing != decision_.crossings.end()) {
      sent = ": " + text_of(tensor.encodings[crossing->encoding]);
    } else if (handing != decision_.handings.end()) {
      sent = ": " + text_of(tensor.encodings[handing->encoding]);
    }
    add("<path fill=\"none\" class=\"stroke-mark\" stroke-width=\"{:.1f}\" stroke-opacity=\"0.85\" "
        "d=\"{}\"><title>{}</title></path>\n",
        width, path, as_markup(tensor.name + sent));
  }
}

// Edges end behind the boxes, which are half transparent.
void Picture::draw_boxes() {
  add("<path class=\"fill-card\" d=\"");
  for (std::size_t block = 0; block < problem_.blocks.size(); ++block) {
    const Point centre = layout_.boxes[block].centre;
    const double width = layout_.box_width();
    const double height = layout_.box_height(block);
    add("M{:.1f} {:.1f}h{:.1f}v{:.1f}h{:.1f}z", centre.x - width / 2, centre.y - height / 2, width, height, -width);
  }
  add("\"/>\n");
  for (std::size_t block = 0; block < problem_.blocks.size(); ++block) draw_box(block);
}

void Picture::draw_box(std::size_t block) {
  const Point centre = layout_.boxes[block].centre;
  const double width = layout_.box_width();
  const double height = layout_.box_height(block);
  const bool is_exit = std::ranges::find(problem_.exits, block, &Exit::block) != problem_.exits.end();
  const bool has_outline = std::min(width, height) >= 5;
  add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.1f}\" class=\"{}{}\" "
      "fill-opacity=\"{:.2f}\"{}><title>{}</title></rect>\n",
      centre.x - width / 2, centre.y - height / 2, width, height, std::min({3.0, width / 4, height / 4}),
      runs(block) ? fill_of_target(decision_.target_of(block)) : "fill-exchange",
      !has_outline ? ""
      : is_exit    ? " stroke-mark"
                   : " stroke-muted",
      shade_of(block),
      !has_outline ? ""
      : is_exit    ? " stroke-width=\"2\""
                   : " stroke-width=\"0.6\"",
      as_markup(tooltip_of(block)));
  draw_box_name(block);
}

void Picture::draw_box_name(std::size_t block) {
  const Point centre = layout_.boxes[block].centre;
  const double height = layout_.box_height(block);
  const std::size_t room = room_for_name();
  if (room < kLeastName || height < kLeastLabelledHeight) return;
  add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\" text-anchor=\"middle\" class=\"fill-text\" "
      "pointer-events=\"none\">{}</text>\n",
      centre.x, centre.y + 3.4, std::min(10.0, height * 0.8), as_markup(shortened(problem_.blocks[block].name, room)));
}

void Picture::draw_inputs() {
  std::string names;
  for (std::size_t i = 0; i < problem_.tensors.size(); ++i) {
    if (problem_.tensors[i].producer == kNone) names += (names.empty() ? "" : ", ") + problem_.tensors[i].name;
  }
  if (names.empty() || layout_.lanes.empty()) return;
  const Lane& lane = layout_.lanes.front();
  add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" class=\"fill-mark\"><title>input: {}</title></circle>\n",
      layout_.left - 12, lane.top + lane.height / 2, as_markup(shortened(names, 200)));
}

void Picture::draw_labels() {
  for (const auto& label : place_labels(problem_, plan_.decision, layout_))
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"fill-text stroke-card\" font-weight=\"bold\" paint-order=\"stroke\" "
        "stroke-width=\"3\">{}</text>\n",
        label.left + 2, label.middle + 4, as_markup(label.text));
}

void Picture::draw_footer() {
  add("<text x=\"24\" y=\"{:.1f}\" class=\"fill-muted\">A box is a block of layers, stronger the longer it takes, "
      "right of "
      "all that it waits for; thick lines cross a link.</text>\n",
      layout_.height - 12);
}

}  // namespace

std::string to_svg(const Problem& problem, const Plan& plan) {
  return Picture(problem, plan).draw();
}

}  // namespace tandem::plan
