#include "wire/certificates.h"

#include <fmt/format.h>
#include <CLI/App.hpp>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "fleet/fleet.h"

namespace tandem::cli {
namespace {

struct Flags {
  std::string folder;
  std::string fleet_path;
  std::vector<std::string> names;
};

void make(const Flags& flags) {
  std::vector<std::string> names = flags.names;
  if (!flags.fleet_path.empty()) {
    for (const auto& target : fleet::read_fleet(flags.fleet_path).targets) names.push_back(target.name);
  }
  if (names.empty())
    throw base::Error(base::ErrorKind::InvalidInput, "no names: give --fleet FILE or the targets' names");
  const std::filesystem::path folder(flags.folder);
  if (!std::filesystem::exists(folder / "ca.pem")) wire::make_authority(folder);
  for (const auto& name : names) {
    if (std::filesystem::exists(folder / (name + ".pem"))) continue;
    wire::issue_certificate(folder, name);
    print_text(fmt::format("{}\n", (folder / (name + ".pem")).string()));
  }
  print_text(fmt::format(
      "Give each machine ca.pem and its own NAME.pem and NAME.key; keep ca.key where only you can read it.\n"));
}

}  // namespace

void add_certs(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand(
      "certs", "Make a small private certificate authority for a fleet, and what is missing of its certificates");
  command->add_option("folder", flags->folder, "Folder for ca.pem, ca.key, NAME.pem, NAME.key")->required();
  command->add_option("names", flags->names, "Names of targets");
  command->add_option("--fleet", flags->fleet_path, "Take the targets' names from this fleet file");
  command->callback([flags] { make(*flags); });
}

}  // namespace tandem::cli
