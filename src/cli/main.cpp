// `tandem`: reads the command line, runs one subcommand, and turns an Error into one line on stderr and an exit code.
#include <csignal>

#include "base/standard_output.h"
#include "cli/application.h"

int main(int argument_count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  tandem::base::reserve_standard_descriptors();
  return tandem::cli::run_application(argument_count, arguments);
}
