// Command lines: subcommands, options and flags, over CLI11. Used by every subcommand, by bench/ and by experiments/.
// Only command_line.cpp includes CLI11, which is slow to compile. Command and Option are handles; the CommandLine owns
// what they refer to. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tandem::cli {

// How the value of an option is read and described. Each function returns the option itself.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required(bool is_required = true);
  Option range(int lowest, int highest);        // both included, as below
  Option range(double lowest, double highest);  // named in the help
  Option one_of(const std::vector<std::string>& values);
  Option existing_file();
  Option separated_by_commas();
  Option count(int values);  // this many after the flag
  Option repeatable();       // may be given again; one value each time
  Option take_all();         // may be given again; several values each time
  Option type_name(const std::string& name);
  Option hidden();        // works, but neither the help nor completion names it
  Option show_default();  // the value that the variable has now
  Option show_default(const std::string& text);

 private:
  CLI::Option* option_;
};

// The program or one of its subcommands. A name without dashes is a positional argument. Variables must outlive
// parsing.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // T: the types at the end of command_line.cpp.
  template <class T>
  Option add_option(const std::string& name, T& value, const std::string& help = "");
  template <class T>
  Option add_option_function(const std::string& name, const std::function<void(const T&)>& use,
                             const std::string& help);
  Option add_flag(const std::string& name, bool& value, const std::string& help = "");
  Option add_flag_function(const std::string& name, const std::function<void()>& use, const std::string& help);
  void add_version(const std::string& name, const std::string& version);

  Command add_subcommand(const std::string& name, const std::string& help);
  void require_subcommand();
  void callback(const std::function<void()>& run);  // when this command is chosen and its options are read
  void set_footer(const std::string& text);         // below the help

  std::string footer() const;
  std::string name() const;
  bool has_chosen_subcommand() const;
  bool needs_subcommand() const;
  Command subcommand(const std::string& name) const;
  std::vector<Command> subcommands() const;
  std::vector<std::string> long_names() const;  // of its options that are not hidden, without dashes

 private:
  CLI::App* app_;
};

class CommandLine {
 public:
  explicit CommandLine(const std::string& description, const std::string& name = "");
  ~CommandLine();

  Command root() { return Command(*app_); }
  // Reads the arguments and runs callbacks, whose exceptions pass through. Returns nullopt, or an exit code if the
  // program is to end now: 0 after help, 2 after wrong usage (reported on stderr), or that of exit_with.
  std::optional<int> parse(int argument_count, const char* const* arguments);
  // After wrong usage, what was reported; else empty.
  const std::string& complaint() const { return complaint_; }

 private:
  std::unique_ptr<CLI::App> app_;
  std::string complaint_;
};

// For callbacks: end as after wrong usage, with a message about an option, or on a missing one; or with an exit code.
[[noreturn]] void refuse_option(const std::string& name, const std::string& message);
[[noreturn]] void refuse_missing_option(const std::string& name);
[[noreturn]] void exit_with(int code);

}  // namespace tandem::cli
