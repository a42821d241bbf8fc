// An answer in time even when a link or another machine lets a request down: what the first target can compute by
// itself is begun at the last moment at which it is still sure to be ready.
#pragma once

#include <future>
#include <vector>

#include "base/clock.h"
#include "deploy/deployment.h"

namespace tandem::serve {

// Not synchronised: one request at a time.
class Rescue {
 public:
  // `local` is a route that no target but the first takes part in, and `expected` how long it takes there. The
  // deployment must outlive this.
  Rescue(deploy::Deployment& deployment, deploy::Route local, base::Milliseconds expected);
  ~Rescue();  // waits for what is under way

  struct Outcome {
    deploy::Answer answer;
    bool is_rescued = false;  // it came by the local route
  };
  // The answer by `route`. Where that has failed, or is not there when the local one must begin, whichever comes first.
  // Returns what went wrong with `route` when neither answers by the deadline.
  base::Result<Outcome> run(const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
                            base::Deadline deadline);

 private:
  class Race;
  base::Instant latest_start(const base::Deadline& deadline) const;

  deploy::Deployment& deployment_;
  deploy::Route local_;
  base::Milliseconds needed_;  // by the local route, at most
  std::vector<std::future<void>> under_way_;
};

}  // namespace tandem::serve
