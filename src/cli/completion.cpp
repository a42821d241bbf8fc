#include <fmt/format.h>
#include <CLI/App.hpp>

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"

namespace tandem::cli {
namespace {

// What may follow a command: its subcommands and its flags.
std::string words_after(const CLI::App& command) {
  std::string words;
  for (const CLI::App* subcommand : command.get_subcommands({})) words += subcommand->get_name() + " ";
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

void add_cases(const CLI::App& command, const std::string& path, std::string& cases) {
  cases += fmt::format("    '{}') words='{}' ;;\n", path, words_after(command));
  for (const CLI::App* subcommand : command.get_subcommands({}))
    add_cases(*subcommand, path + " " + subcommand->get_name(), cases);
}

std::string subcommand_names(const CLI::App& command) {
  std::string names;
  for (const CLI::App* subcommand : command.get_subcommands({})) {
    names += (names.empty() ? "" : "|") + subcommand->get_name();
    const std::string inner = subcommand_names(*subcommand);
    if (!inner.empty()) names += "|" + inner;
  }
  return names;
}

// One function serves both shells: zsh runs it through its bash compatibility.
std::string bash_script(const CLI::App& application) {
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

std::string fish_script(const CLI::App& application) {
  std::string text = "complete -c tandem -f -n __fish_use_subcommand -a '";
  for (const CLI::App* subcommand : application.get_subcommands({})) text += subcommand->get_name() + " ";
  text += "'\n";
  for (const CLI::App* subcommand : application.get_subcommands({})) {
    const std::string condition =
        fmt::format("complete -c tandem -n '__fish_seen_subcommand_from {}'", subcommand->get_name());
    for (const CLI::App* inner : subcommand->get_subcommands({}))
      text += fmt::format("{} -a '{}'\n", condition, inner->get_name());
    for (const CLI::Option* option : subcommand->get_options()) {
      for (const auto& name : option->get_lnames()) text += fmt::format("{} -l {}\n", condition, name);
    }
  }
  return text;
}

std::string script_for(const std::string& shell, const CLI::App& application) {
  if (shell == "fish") return fish_script(application);
  const std::string prologue = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return prologue + bash_script(application);
}

}  // namespace

void add_completion(CLI::App& application) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command = application.add_subcommand(
      "completion", "Print a script that completes `tandem` in a shell: source <(tandem completion bash)");
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &application] { print_text(script_for(*shell, application)); });
}

}  // namespace tandem::cli
