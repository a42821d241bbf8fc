// One measurement of each kind, for tests of the store and of the exchange.
#pragma once

#include "cost/test_costs.h"
#include "store/costs.h"

namespace tandem::store {

inline exits::ExitStatistics some_exit_statistics() {
  const exits::ExitRecord first{
      "exit1", 1.25, {{{0.1F, 1, 0.75F}, {0, 1, 1e-10F}, {0.25F, 1, 0.5F}}}, {true, true, false}};
  const exits::ExitRecord last{
      "exit2", 1, {{{0.9F, 0.8F, 0.7F}, {0.5F, 0.6F, 0.4F}, {1, 0, 0.5F}}}, {true, false, true}};
  return {"digest", "fashion-mnist", "test", 1004, {first, last}};
}

inline Costs everything() {
  cost::StageTime whole = cost::some_stage_time();
  whole.ranges = {{0, 4}};
  return {{cost::some_examination()}, {cost::some_stage_time(), whole}, {cost::some_link_costs()},
          {some_exit_statistics()},   {cost::some_codec_rate()},        {cost::some_codec_time()}};
}

}  // namespace tandem::store
