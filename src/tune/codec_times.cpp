#include "tune/codec_times.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/error.h"
#include "base/statistics.h"
#include "base/unix_time.h"
#include "profile/losses.h"
#include "tune/crossing.h"
#include "tune/cuts.h"

namespace tandem::tune {
namespace {

template <class T>
const T& value_of(const base::Result<T>& result, const std::string& target) {
  if (result) return result.value();
  throw result.error().at(target);
}

cost::CodecTime time_on_target(const CodecTiming& timing, const base::Tensor& sample) {
  constexpr base::Milliseconds kTimeout{10.0 * 60 * 1000};
  constexpr int kRuns = 9;
  const auto& [rate, subject] = timing;
  const auto deadline = base::Deadline::after(kTimeout);
  const base::TensorType text = base::byte_type(rate.description.size());
  const auto description = base::Tensor::of(text, std::span<const char>(rate.description));
  const auto uploaded = subject.access->upload_blobs({description, sample}, deadline);
  const auto& digests = value_of(uploaded, subject.identity.target);
  rpc::MeasureRequest request;
  request.runs = kRuns;
  request.codec = digests[0];
  request.sample = digests[1];
  request.sample_type = sample.type();
  const auto reply = subject.access->measure(request, deadline);
  const auto& samples = value_of(reply, subject.identity.target);
  return {subject.identity,
          rate.tensor,
          rate.codec,
          base::median(samples.encode_samples_ms),
          base::median(samples.decode_samples_ms),
          base::unix_time_s()};
}

std::vector<std::string> tensors_of(const std::vector<CodecTiming>& timings) {
  std::vector<std::string> tensors;
  for (const CodecTiming& timing : timings) tensors.push_back(timing.rate.tensor);
  return tensors;
}

}  // namespace

void time_codecs(const Study& study, const std::vector<CodecTiming>& timings, const KeepTime& keep,
                 const profile::Progress& progress, const profile::OnLoss& on_loss) {
  profile::Losses losses(on_loss);
  const data::Adapter adapter = adapter_of(study);
  std::size_t done = 0;
  const auto time_tensor = [&](const std::string& tensor, const base::Tensor& sample) {
    for (const CodecTiming& timing : timings) {
      if (timing.rate.tensor != tensor) continue;
      progress("timing codecs of " + tensor, static_cast<double>(done) / static_cast<double>(timings.size()));
      losses.go_on(timing.subject.identity.target, [&] { keep(time_on_target(timing, sample)); });
      ++done;
    }
  };
  for (const FirstCrossing& first : first_crossings(study.model, tensors_of(timings))) {
    BeforeCut before(study.model, first.cut, study.engine);
    const Features features = before.collect(study.dataset.test, adapter, 1, [](std::size_t) {});
    for (const std::size_t place : first.tensors)
      time_tensor(features.tensors[place].name, features.tensor_of(0, place));
  }
}

}  // namespace tandem::tune
