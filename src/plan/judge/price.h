// The cost of a decision, computed from the problem alone by the definition below: the judge of every solver's answer.
// Shares no code with solvers. Pure. docs/pricing.md has the same at length, with examples.
//
// A request runs stage by stage along the route. The phase of a block is the first exit of the policy that needs it;
// an exit is decided before anything of a later phase runs, so phases never flow back along the route. A request that
// stops at exit k
//   - runs all blocks of phases up to k, and pays the overhead of every stage with blocks among them; a stage with
//     blocks of several of these phases is cut into as many parts, and each after the first costs the target's exit_ms
//     (docs/decisions/0040-exit-costs.md). Where the blocks of a stage are exactly a segment of its target, and of one
//     phase, the segment's time stands for the overhead and the times of these blocks;
//   - crosses each hop before the position of the last of these blocks: a round trip, the answer's way back, and every
//     tensor made before the hop that any block behind it reads, of whatever phase (encode, send, decode). A round trip
//     includes the time of the request's header, and what the link lets so many bytes of tensors wait.
// Metrics are the mean of that over the policy's shares; a latency quantile is the latency of the first exit by which
// that share of requests has stopped (latency, compute and exchange times follow it; bytes, energy, error and the
// period stay means; memory is paid in full). Times on a target are multiplied by its load.
//   period:  the busiest of: each stage (overhead, blocks, encoding what it sends, decoding what it gets), each link's
//            upload, each link's download (the answers). The replicas of a target take turns, so each is busy for its
//            share of the requests; so is each link, of as many as the end with more replicas has
//   energy:  computing (with encoding and decoding) at compute_watts; sending and receiving, of tensors and answers, at
//            send_watts and receive_watts of either end
//   money:   the same computing time at price_per_hour; tensors and answers at price_per_gb of the link. A link counts
//            with the target that it leads to.
//
// Past others (Problem::allows_bypass): a tensor may go straight to any later stage to whose target the sender's has a
// link, from the stage that makes it or any where it arrived. It arrives once at each stage that needs it.
//   - That costs as a hop does for the tensor (encode, send, decode, loss, energy, money, exchange), without a round
//     trip. The latency counts it as if in sequence: an upper bound, for the stages between work meanwhile.
//   - A stage encodes a tensor once in each encoding, for the first of its crossings.
//   - Requests that go on from the sender pay for encoding and sending, those that reach the receiver for decoding.
//
// In parallel (Problem::allows_parallel; without exits, or with one): a stage works in steps, and a step has blocks of
// the stage's own, and at most one offload for each other target that the stage's target has a link to. The blocks of
// an offload depend on earlier steps, earlier stages and one another only; so do the stage's own. Blocks whose outputs
// no block reads are the stage's own.
//   - An offload costs a round trip with the request's header, every tensor that its blocks read and others made
//     (encode, send, decode), its target's stage overhead, its blocks, and the way back of every tensor that it makes
//     and others read: the bytes of its raw encoding over the link's download.
//   - The first step of a stage pays the stage's overhead, and each further one the target's exit_ms: one more part.
//   - A step takes as long as the longest of its own blocks and each of its offloads; a stage, the sum of its steps.
//   - Metrics but the latency are sums: what a target or a direction of a link does for one request, in whichever
//     stage, step or offload. Compute and memory of an offload are its target's; exchange and upload, its link's.
#pragma once

#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(Internal) when the decision breaks the problem's structure: an unlinked hop, data that flows back, a
// crossing without an encoding, an exit that is decided after what depends on it, a block or a codec where it cannot
// run.
Plan price(const Problem& problem, const Decision& decision);

// The excess of the plan over constraint `index`, relative to the limit: 0 when the constraint holds, else at least
// 1e-9; 1 for constraints without a limit.
double excess_of(const Problem& problem, const Plan& plan, std::size_t index);
bool is_feasible(const Problem& problem, const Plan& plan);

// The order of plans: by cost, and by latency where costs are equal up to the rounding of sums. Costs are sums of terms
// that are not negative, so their rounding is relative to themselves: there is no floor, and no unit is too small.
inline constexpr double kRounding = 1e-12;
bool is_same_cost(double left, double right);
double with_rounding(double cost);  // the most that counts as the same
bool is_better(const Plan& left, const Plan& right);
// Sorts plans best first. Plans that cost the same as the cheapest of those left come before all others.
void sort_plans(std::vector<Plan>& plans);

// The value that an AtMost constraint limits (a share where is_share).
double measure(const Problem& problem, const Plan& plan, const Constraint& constraint);

}  // namespace tandem::plan
