#include "tune/exits.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unix_time.h"

namespace tandem::tune {
namespace {

using base::Error;
using base::ErrorKind;

// The answers of the exits on a part: by exit, the probabilities of one sample after the other.
using Answers = std::vector<std::vector<float>>;

class ExitRunner {
 public:
  explicit ExitRunner(const Study& study)
      : dataset_(study.dataset),
        exits_(model::exits_of(study.model)),
        session_(study.engine.load(study.model.whole())) {
    for (const auto& exit : exits_) places_.push_back(place_of(exit));
  }

  const std::vector<std::string>& exits() const { return exits_; }

  void run(const base::Tensor& sample, Answers& answers) {
    const auto outputs = session_->run({sample});
    for (std::size_t exit = 0; exit < exits_.size(); ++exit) {
      const auto probabilities = exits::probabilities_of(outputs[places_[exit]].values<float>());
      answers[exit].insert(answers[exit].end(), probabilities.begin(), probabilities.end());
    }
  }

  // That the exit knows: perhaps more than the data has.
  std::size_t classes(std::size_t exit) const {
    return base::element_count(session_->outputs()[places_[exit]].type.shape);
  }

 private:
  std::size_t place_of(const std::string& exit) const {
    const auto& outputs = session_->outputs();
    const auto output = std::ranges::find(outputs, exit, &base::NamedType::name);
    if (output == outputs.end())
      throw Error(ErrorKind::InvalidInput, fmt::format("exit '{}' is no output of the model", exit));
    const auto& type = output->type;
    if (type.element != base::ElementType::Float32 || base::element_count(type.shape) < dataset_.class_count()) {
      throw Error(
          ErrorKind::InvalidInput,
          fmt::format("exit '{}' answers with {} {}, expected float32 for the {} classes of {}", exit,
                      base::name_of(type.element), base::to_string(type.shape), dataset_.class_count(), dataset_.name));
    }
    return static_cast<std::size_t>(output - outputs.begin());
  }

  const data::Dataset& dataset_;
  std::vector<std::string> exits_;
  std::unique_ptr<engine::Session> session_;
  std::vector<std::size_t> places_;  // of the exits among the outputs
};

Answers ask(ExitRunner& runner, const data::Part& part, const data::Adapter& adapter,
            const std::function<void(std::size_t done)>& progress) {
  Answers answers(runner.exits().size());
  for (std::size_t sample = 0; sample < part.count(); ++sample) {
    runner.run(adapter.batch(part, std::span(&sample, 1)), answers);
    progress(sample + 1);
  }
  return answers;
}

exits::ExitRecord record_of(const std::string& exit, double temperature, std::span<const float> answers,
                            std::size_t classes, const std::vector<std::int64_t>& labels) {
  exits::ExitRecord record{exit, temperature, {}, {}};
  for (std::size_t sample = 0; sample < labels.size(); ++sample) {
    const auto probabilities = answers.subspan(sample * classes, classes);
    record.is_right.push_back(exits::likeliest_class(probabilities) == labels[sample]);
    for (const auto measure : exits::kConfidences) {
      const double confidence = exits::confidence_of(probabilities, measure, temperature);
      record.confidence[static_cast<std::size_t>(measure)].push_back(static_cast<float>(confidence));
    }
  }
  return record;
}

}  // namespace

ExitMeasurement measure_exits(const Study& study, const profile::Progress& progress) {
  const data::Dataset& dataset = study.dataset;
  const data::Adapter adapter = adapter_of(study);
  ExitRunner runner(study);
  const auto all = static_cast<double>(dataset.calibration.count() + dataset.test.count());
  const auto show = [&](std::size_t done) { progress("asking exits", static_cast<double>(done) / all); };
  const Answers calibration = ask(runner, dataset.calibration, adapter, show);
  const Answers test =
      ask(runner, dataset.test, adapter, [&](std::size_t done) { show(dataset.calibration.count() + done); });

  const std::int64_t now_s = base::unix_time_s();
  const std::string digest = study.model.digest();
  ExitMeasurement measured{{digest, dataset.name, data::name_of(data::Role::Calibration), now_s, {}},
                           {digest, dataset.name, data::name_of(data::Role::Test), now_s, {}}};
  for (std::size_t exit = 0; exit < runner.exits().size(); ++exit) {
    const std::string& name = runner.exits()[exit];
    const std::size_t classes = runner.classes(exit);
    const double temperature = exits::best_temperature(calibration[exit], classes, dataset.calibration.labels);
    measured.calibration.exits.push_back(
        record_of(name, temperature, calibration[exit], classes, dataset.calibration.labels));
    measured.test.exits.push_back(record_of(name, temperature, test[exit], classes, dataset.test.labels));
  }
  return measured;
}

}  // namespace tandem::tune
