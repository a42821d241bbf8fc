#include "cli/flags.h"

#include <fmt/format.h>

#include "base/file.h"
#include "input/pixel_format.h"
#include "report/page.h"

namespace tandem::cli {

void add_model_flags(Command command, workspace::ModelOptions& options, bool is_required) {
  command.add_option("model", options.path, "ONNX file").required(is_required);
  add_model_settings(command, options);
}

void add_model_settings(Command command, workspace::ModelOptions& options) {
  command.add_option("--shape", options.shapes, "Shape of an input with open dimensions: NAME=1x3x224x224").take_all();
  command
      .add_option("--threads", options.threads,
                  "Threads of a run in this process (default: one per processor that it may use)")
      .range(0, 1024);
  add_custom_operators_flag(command, options.custom_operators);
}

void add_custom_operators_flag(Command command, std::vector<std::string>& paths) {
  command
      .add_option("--custom-ops", paths,
                  "Shared library with operators of other domains, as ONNX Runtime's RegisterCustomOps makes them. Its "
                  "code runs in this process; agents load their own")
      .take_all();
}

void add_fleet_flags(Command command, workspace::FleetOptions& options, bool is_required) {
  command.add_option("--fleet", options.path, "Fleet file: targets, their tiers and addresses, links (docs/formats.md)")
      .required(is_required);
  command.add_option("--certs", options.certificates,
                     "Folder made by `tandem certs` (default: the one that the fleet file names)");
  command.add_option("--revoked", options.revoked,
                     "List of revoked serial numbers (default: revoked.txt of that folder, where there is one)");
  command
      .add_option("--slowdown", options.slowdown,
                  "Emulate a slower machine in this process: every stage takes this many times as long")
      .range(1.0, 1e6);
}

void add_store_flag(Command command, std::string& path) {
  command.add_option("--store", path, "Cost store (default: $TANDEM_STORE, else ~/.local/share/tandem/costs.db)");
}

void add_data_flags(Command command, workspace::DataOptions& options, bool is_required) {
  command
      .add_option("--data", options.name,
                  "fashion-mnist, or a folder with IDX, CIFAR, .npy or picture files (docs/formats.md)")
      .required(is_required);
  command.add_option("--limit", options.limit, "Most samples of each part, chosen at random (default: all)");
}

void add_pixels_flag(Command command, input::PictureOptions& options) {
  const auto take = [&options](const std::string& name) { options.pixels = input::parse_pixel_format(name); };
  command
      .add_option_function<std::string>(
          "--pixels", take,
          "Values of pictures: -1 to 1 (symmetric), 0 to 1 (unit), 0 to 255 (none), or as "
          "for ImageNet (default: as the model's metadata says, else symmetric)")
      .one_of(input::pixel_format_names());
  command.add_option_function<std::string>("--preset", take, "The former name of --pixels")
      .one_of(input::pixel_format_names())
      .hidden();
}

void add_input_flags(Command command, workspace::InputOptions& options, const std::string& otherwise) {
  command
      .add_option("--input", options.files,
                  "Input: a JPEG, PNG or .npy file; NAME=FILE for a model with several inputs (default: " + otherwise +
                      "). NAME is an input, also one that has a default in the file; without such a NAME it is all the "
                      "name of a file")
      .take_all();
  auto& pictures = options.pictures;
  add_pixels_flag(command, pictures);
  command.add_option(
      "--size", pictures.size,
      "Height and width to resize a picture to, HxW; a smaller one than the model's stands in the middle "
      "of black (default: as the model's metadata says, else the model's size)");
  command.add_option("--resize", pictures.resize, "crop: keep the proportions and crop the centre; stretch")
      .one_of({"crop", "stretch"});
  command.add_option("--layout", pictures.layout, "Order of the tensor's dimensions").one_of({"nchw", "nhwc"});
  command.add_option("--mean", pictures.mean, "Mean of each channel, after scaling").count(3);
  command.add_option("--std", pictures.deviation, "Standard deviation of each channel").count(3);
  command.add_flag("--bgr", pictures.bgr, "Channels in the order blue, green, red");
}

void add_sample_flag(Command command, workspace::InputOptions& options) {
  command.add_option("--data", options.data.name,
                     "Instead of --input: fashion-mnist, or a folder with samples (docs/formats.md), whose first test "
                     "sample is taken");
}

void check_inputs(const workspace::InputOptions& options) {
  if (!options.files.empty() && !options.data.name.empty())
    refuse_option("--data", "--input names the inputs already: give one of them");
}

void add_plan_flags(Command command, workspace::PlanOptions& options) {
  command.add_option("--plan", options.path,
                     "File from `tandem plan -o`; its first plan is used (default: the best plan by the cost store)");
  add_constraint_flags(command, options.question);
}

void add_time_flag(Command command, const std::string& flag, const std::function<void(double ms)>& use,
                   const std::string& help, base::Zero zero) {
  command
      .add_option_function<std::string>(
          flag, [flag, use, zero](const std::string& text) { use(base::parse_ms(text, flag, zero)); }, help)
      .type_name("TIME");
}

void add_time_flag(Command command, const std::string& flag, std::optional<double>& value_ms, const std::string& help) {
  add_time_flag(
      command, flag, [&value_ms](double ms) { value_ms = ms; }, help);
}

void add_json_flag(Command command, bool& json) {
  command.add_flag("--json", json, "Print JSON, for scripts");
}

void check_page(const std::string& path) {
  if (path.empty()) return;
  if (!path.ends_with(".html"))
    refuse_option("--report", fmt::format("'{}': expected a file name that ends in .html", path));
  base::require_folder_of(path);
  report::require_charts();
}

}  // namespace tandem::cli
