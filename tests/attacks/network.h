// A small network on a fleet of a device in this process and an edge that is attacked, and its right answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "engine/engine.h"
#include "fleet/fleet.h"
#include "model/model.h"
#include "workspace/fleet_access.h"

namespace tandem::attacks {

inline constexpr const char* kEdge = "edge";

class Network {
 public:
  // `device` is the caller's name, whose certificate it shows. An empty folder: no TLS.
  Network(const std::string& zoo_name, const std::string& device, const std::string& edge_address,
          const std::filesystem::path& certificates);

  const std::vector<base::NamedTensor>& inputs() const { return inputs_; }
  deploy::Deployment& deployment() { return *deployment_; }  // thread-safe in run()
  deploy::Route deploy(std::size_t first_layer_on_edge);     // 0: all of it; past the last: none
  std::size_t layers() const { return model_.graph().layers.size(); }
  bool is_right(const deploy::Answer& answer) const;

 private:
  const std::string device_;
  const std::unique_ptr<engine::Engine> engine_;
  const model::Model model_;
  const std::vector<base::NamedTensor> inputs_;
  const std::vector<base::NamedTensor> expected_;
  std::unique_ptr<workspace::FleetAccess> access_;
  std::unique_ptr<deploy::Deployment> deployment_;
};

}  // namespace tandem::attacks
