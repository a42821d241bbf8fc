// An answer in time even when a link or another machine fails a request: the first target starts on its own at the last
// moment at which it is sure to be ready. Used by live.h.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "deploy/deployment.h"
#include "serve/margin.h"

namespace tandem::serve {

// Not synchronised: one request at a time.
class Rescue {
 public:
  // `local` is a route on the first target alone, and `expected` its time there. The deployment must outlive this.
  Rescue(deploy::Deployment& deployment, deploy::Route local, base::Milliseconds expected);
  ~Rescue();  // waits for runs under way

  struct Outcome {
    deploy::Answer answer;
    bool is_rescued = false;  // it came by the local route
  };
  // The answer by `route`, or by the local route, which starts when `route` has failed or when it must start to be in
  // time: a margin before, which grows where the machine is busy. Returns by the deadline; without an answer, the error
  // of `route`, or DeadlineExceeded.
  base::Result<Outcome> run(const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
                            base::Deadline deadline);

 private:
  class Race;
  using Way = std::optional<base::Result<deploy::Answer>> Race::*;

  base::Instant latest_start(const base::Deadline& deadline) const;
  void begin(const std::shared_ptr<Race>& race, Way way, const deploy::Route& route,
             const std::vector<base::NamedTensor>& inputs, const base::Deadline& deadline);
  void let_go_of_ended();
  void note(const base::Result<Outcome>& outcome, base::Instant local_start);

  deploy::Deployment& deployment_;
  deploy::Route local_;
  Margin margin_;
  std::vector<std::future<void>> under_way_;  // deadlines end those of earlier requests
};

}  // namespace tandem::serve
