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

constexpr const char* kFooter = R"(
Roles: a caller runs what is deployed; an operator deploys and measures, too; an agent serves, and forwards to other
agents. By default, the first target of --fleet, whose certificate commands use, is an operator, and every target with
an address is an agent; names without --fleet are agents. A certificate that is renewed keeps its roles.
)";

struct Flags {
  std::string folder;
  std::string fleet_path;
  std::vector<std::string> names;
  std::vector<std::string> roles;
  bool renews = false;
};

wire::Roles roles_of(const Flags& flags) {
  wire::Roles roles;
  for (const auto& role : flags.roles) roles.add(wire::parse_role(role));
  return roles;
}

std::vector<workspace::CertificateNeed> needs_of(const Flags& flags) {
  std::vector<workspace::CertificateNeed> needs;
  for (const auto& name : flags.names) needs.push_back({name, {wire::Role::Agent}});
  if (!flags.fleet_path.empty()) {
    for (const auto& need : workspace::certificate_needs(fleet::read_fleet(flags.fleet_path))) needs.push_back(need);
  }
  const wire::Roles given = roles_of(flags);
  for (auto& need : needs)
    if (!given.empty()) need = {need.name, given, true};
  return needs;
}

void make(const Flags& flags) {
  if (flags.folder.empty()) refuse_missing_option("folder");
  for (const auto& [file, identity] : workspace::issue_certificates(flags.folder, needs_of(flags), flags.renews))
    print_text(fmt::format("{}  {}  serial {}\n", file.string(), identity.roles.text(","), identity.serial));
  print_text("Give each machine ca.pem and its own NAME.pem and NAME.key; keep ca.key where only you can read it.\n");
}

struct Revocation {
  std::string folder;
  std::vector<std::string> names;
};

void revoke(const Revocation& revocation) {
  for (const auto& name : revocation.names) {
    for (const auto& serial : workspace::revoke_certificates(revocation.folder, name))
      print_text(fmt::format("revoked: {}  {}\n", serial, name));
  }
  print_text(fmt::format("Copy {}/revoked.txt to the folder of every machine: it takes effect within a second.\n",
                         revocation.folder));
}

void add_revoke(Command certs) {
  const auto revocation = std::make_shared<Revocation>();
  Command command = certs.add_subcommand("revoke", "Add certificates to the folder's list of revoked ones");
  command.add_option("folder", revocation->folder, "Folder made by `tandem certs`").required();
  command.add_option("names", revocation->names, "Names, for all certificates that they were given, or serial numbers")
      .required();
  command.callback([revocation] { revoke(*revocation); });
}

}  // namespace

void add_certs(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand(
      "certs", "Make a private certificate authority for a fleet, and any missing certificates");
  command.add_option("folder", flags->folder, "Folder for ca.pem, ca.key, NAME.pem, NAME.key, issued.txt");
  command.add_option("names", flags->names, "Names of targets, or of people");
  command.add_option("--fleet", flags->fleet_path, "Take the targets' names from this fleet file");
  command.add_option("--role", flags->roles, "Roles of the new certificates, with commas: caller, agent, operator")
      .separated_by_commas();
  command.add_flag("--renew", flags->renews, "Make new certificates in place of those that there are");
  add_revoke(command);
  command.set_footer(kFooter);
  command.callback([flags, command] {
    if (!command.has_chosen_subcommand()) make(*flags);
  });
}

}  // namespace tandem::cli
