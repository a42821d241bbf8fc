#include <fmt/format.h>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "fleet/fleet.h"
#include "workspace/certificates.h"

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
  for (const auto& file : workspace::issue_missing_certificates(flags.folder, names))
    print_text(fmt::format("{}\n", file.string()));
  print_text("Give each machine ca.pem and its own NAME.pem and NAME.key; keep ca.key where only you can read it.\n");
}

}  // namespace

void add_certs(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand(
      "certs", "Make a private certificate authority for a fleet, and any missing certificates");
  command.add_option("folder", flags->folder, "Folder for ca.pem, ca.key, NAME.pem, NAME.key").required();
  command.add_option("names", flags->names, "Names of targets");
  command.add_option("--fleet", flags->fleet_path, "Take the targets' names from this fleet file");
  command.callback([flags] { make(*flags); });
}

}  // namespace tandem::cli
