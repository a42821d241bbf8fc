#include <fmt/format.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"

namespace tandem::cli {
namespace {

// The words that may follow a command: its subcommands and flags.
std::string words_after(Command command) {
  std::string words;
  for (const Command& subcommand : command.subcommands()) words += subcommand.name() + " ";
  for (const auto& name : command.long_names()) words += "--" + name + " ";
  if (!words.empty()) words.pop_back();
  return words;
}

void add_cases(Command command, const std::string& path, std::string& cases) {
  cases += fmt::format("    '{}') words='{}' ;;\n", path, words_after(command));
  for (const Command& subcommand : command.subcommands()) add_cases(subcommand, path + " " + subcommand.name(), cases);
}

std::string subcommand_names(Command command) {
  std::vector<std::string> names;
  for (const Command& subcommand : command.subcommands()) {
    names.push_back(subcommand.name());
    if (auto inner = subcommand_names(subcommand); !inner.empty()) names.push_back(std::move(inner));
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

// One function serves both shells: zsh runs it through its bash compatibility.
std::string bash_script(Command application) {
  std::string cases;
  add_cases(application, "tandem", cases);
  return fmt::format(R"(_tandem() {{
  local path=tandem word words=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in {}) path="$path $word" ;; esac
  done
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _tandem tandem
)",
                     subcommand_names(application), cases);
}

std::string fish_script(Command application) {
  std::string text = "complete -c tandem -f -n __fish_use_subcommand -a '";
  for (const Command& subcommand : application.subcommands()) text += subcommand.name() + " ";
  text += "'\n";
  for (const Command& subcommand : application.subcommands()) {
    const std::string condition =
        fmt::format("complete -c tandem -n '__fish_seen_subcommand_from {}'", subcommand.name());
    for (const Command& inner : subcommand.subcommands()) text += fmt::format("{} -a '{}'\n", condition, inner.name());
    for (const auto& name : subcommand.long_names()) text += fmt::format("{} -l {}\n", condition, name);
  }
  return text;
}

std::string script_for(const std::string& shell, Command application) {
  if (shell == "fish") return fish_script(application);
  const std::string prologue = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return prologue + bash_script(application);
}

}  // namespace

void add_completion(Command application) {
  const auto shell = std::make_shared<std::string>();
  Command command = application.add_subcommand(
      "completion", "Print a script that completes `tandem` in a shell: source <(tandem completion bash)");
  command.add_option("shell", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
  command.callback([shell, application] { print_text(script_for(*shell, application)); });
}

}  // namespace tandem::cli
