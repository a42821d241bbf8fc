#include "workspace/workspace.h"

#include <utility>

namespace tandem::workspace {

std::filesystem::path store_path(const std::string& path) {
  return path.empty() ? store::Store::default_path() : std::filesystem::path(path);
}

Workspace::Workspace(const Options& options)
    : engine_(make_engine(options.model)),
      model_(load_model(options.model, *engine_)),
      fleet_(options.fleet.path.empty() ? fleet::Fleet{} : read_fleet(options.fleet)),
      store_(store_path(options.store)),
      slowdown_(options.fleet.slowdown) {}

Workspace::Workspace(std::unique_ptr<engine::Engine> engine, model::Model model, fleet::Fleet fleet,
                     const std::filesystem::path& store, double slowdown)
    : engine_(std::move(engine)),
      model_(std::move(model)),
      fleet_(std::move(fleet)),
      store_(store),
      slowdown_(slowdown) {}

const FleetAccess& Workspace::access() {
  if (!access_) access_.emplace(fleet_, slowdown_, *engine_);
  return *access_;
}

}  // namespace tandem::workspace
