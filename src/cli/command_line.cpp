#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "base/printable.h"

namespace tandem::cli {
namespace {

constexpr int kUsageExitCode = 2;

// CLI11 itself takes an empty value for one that was not given.
const CLI::Validator kNotEmpty(
    [](const std::string& value) { return value.empty() ? "expected a value, found an empty one" : ""; }, "");

}  // namespace

Option Option::required(bool is_required) {
  option_->required(is_required);
  return *this;
}

Option Option::range(int lowest, int highest) {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

Option Option::range(double lowest, double highest) {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

Option Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option Option::existing_file() {
  option_->check(CLI::ExistingFile);
  return *this;
}

Option Option::separated_by_commas() {
  option_->delimiter(',');
  return *this;
}

Option Option::count(int values) {
  option_->expected(values);
  return *this;
}

Option Option::repeatable() {
  option_->take_all()->allow_extra_args(false);
  return *this;
}

Option Option::take_all() {
  option_->take_all();
  return *this;
}

Option Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option Option::hidden() {
  option_->group("");
  return *this;
}

Option Option::show_default() {
  option_->capture_default_str();
  return *this;
}

Option Option::show_default(const std::string& text) {
  option_->default_str(text);
  return *this;
}

template <class T>
Option Command::add_option(const std::string& name, T& value, const std::string& help) {
  return Option(*app_->add_option(name, value, help)->check(kNotEmpty));
}

template <class T>
Option Command::add_option_function(const std::string& name, const std::function<void(const T&)>& use,
                                    const std::string& help) {
  return Option(*app_->add_option_function<T>(name, use, help)->check(kNotEmpty));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  return Option(*app_->add_flag(name, value, help));
}

Option Command::add_flag_function(const std::string& name, const std::function<void()>& use, const std::string& help) {
  return Option(*app_->add_flag_callback(name, use, help));
}

void Command::add_version(const std::string& name, const std::string& version) {
  app_->set_version_flag(name, version);
}

Command Command::add_subcommand(const std::string& name, const std::string& help) {
  return Command(*app_->add_subcommand(name, help));
}

void Command::require_subcommand() {
  app_->require_subcommand(1);
}

void Command::callback(const std::function<void()>& run) {
  app_->callback(run);
}

void Command::set_footer(const std::string& text) {
  app_->footer(text);
}

std::string Command::footer() const {
  return app_->get_footer();
}

std::string Command::name() const {
  return app_->get_name();
}

bool Command::has_chosen_subcommand() const {
  return !app_->get_subcommands().empty();
}

bool Command::needs_subcommand() const {
  return app_->get_require_subcommand_min() > 0;
}

Command Command::subcommand(const std::string& name) const {
  return Command(*app_->get_subcommand(name));
}

std::vector<Command> Command::subcommands() const {
  std::vector<Command> commands;
  for (CLI::App* app : app_->get_subcommands(nullptr)) commands.emplace_back(*app);
  return commands;
}

std::vector<std::string> Command::long_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    if (option->get_group().empty()) continue;
    const auto& more = option->get_lnames();
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

CommandLine::CommandLine(const std::string& description, const std::string& name)
    : app_(std::make_unique<CLI::App>(description, name)) {}

CommandLine::~CommandLine() = default;

std::optional<int> CommandLine::parse(int argument_count, const char* const* arguments) {
  try {
    app_->parse(argument_count, arguments);
    return std::nullopt;
  } catch (const CLI::RuntimeError& end) {
    return end.get_exit_code();
  } catch (const CLI::ParseError& error) {
    std::ostringstream errors;
    const bool is_help = app_->exit(error, std::cout, errors) == 0;
    fmt::print(stderr, "{}", base::printable_lines(errors.str()));
    if (is_help) return 0;
    complaint_ = error.what();
    return kUsageExitCode;
  }
}

void refuse_option(const std::string& name, const std::string& message) {
  throw CLI::ValidationError(name, message);
}

void refuse_missing_option(const std::string& name) {
  throw CLI::RequiredError(name);
}

void exit_with(int code) {
  throw CLI::RuntimeError(code);
}

template Option Command::add_option(const std::string&, bool&, const std::string&);
template Option Command::add_option(const std::string&, int&, const std::string&);
template Option Command::add_option(const std::string&, unsigned&, const std::string&);
template Option Command::add_option(const std::string&, std::int64_t&, const std::string&);
template Option Command::add_option(const std::string&, std::uint64_t&, const std::string&);  // and std::size_t
template Option Command::add_option(const std::string&, double&, const std::string&);
template Option Command::add_option(const std::string&, std::optional<double>&, const std::string&);
template Option Command::add_option(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template Option Command::add_option(const std::string&, std::string&, const std::string&);
template Option Command::add_option(const std::string&, std::filesystem::path&, const std::string&);
template Option Command::add_option(const std::string&, std::vector<double>&, const std::string&);
template Option Command::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option Command::add_option(const std::string&, std::vector<std::filesystem::path>&, const std::string&);

template Option Command::add_option_function(const std::string&, const std::function<void(const int&)>&,
                                             const std::string&);
template Option Command::add_option_function(const std::string&, const std::function<void(const std::int64_t&)>&,
                                             const std::string&);
template Option Command::add_option_function(const std::string&, const std::function<void(const double&)>&,
                                             const std::string&);
template Option Command::add_option_function(const std::string&, const std::function<void(const std::string&)>&,
                                             const std::string&);
template Option Command::add_option_function(const std::string&, const std::function<void(const std::vector<double>&)>&,
                                             const std::string&);
template Option Command::add_option_function(const std::string&,
                                             const std::function<void(const std::vector<std::string>&)>&,
                                             const std::string&);

}  // namespace tandem::cli
