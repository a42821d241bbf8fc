#include "tune/exits.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "base/unix_time.h"
#include "data/adapter.h"

namespace tandem::tune {
namespace {

using base::Error;
using base::ErrorKind;

// What the exits said of a part: by exit, the probabilities of one sample after the other.
using Answers = std::vector<std::vector<float>>;

class ExitRunner {
 public:
  ExitRunner(const model::Model& model, engine::Engine& engine, const data::Dataset& dataset)
      : dataset_(dataset), exits_(model::exits_of(model)), session_(engine.load(model.whole())) {
    if (session_->inputs().size() != 1) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: {} inputs, expected one: a data set has one tensor a sample", model.name(),
                              session_->inputs().size()));
    }
    for (const auto& exit : exits_) places_.push_back(place_of(exit));
  }

  const base::TensorType& input() const { return session_->inputs()[0].type; }
  const std::vector<std::string>& exits() const { return exits_; }

  void run(const base::Tensor& sample, Answers& answers) {
    const auto outputs = session_->run({sample});
    for (std::size_t exit = 0; exit < exits_.size(); ++exit) {
      const auto probabilities = exits::probabilities_of(outputs[places_[exit]].values<float>());
      answers[exit].insert(answers[exit].end(), probabilities.begin(), probabilities.end());
    }
  }

 private:
  std::size_t place_of(const std::string& exit) const {
    const auto& outputs = session_->outputs();
    const auto output = std::ranges::find(outputs, exit, &base::NamedType::name);
    if (output == outputs.end())
      throw Error(ErrorKind::InvalidInput, fmt::format("exit '{}' is no output of the model", exit));
    const auto& type = output->type;
    if (type.element != base::ElementType::Float32 || base::element_count(type.shape) != dataset_.class_count()) {
      throw Error(
          ErrorKind::InvalidInput,
          fmt::format("exit '{}' answers with {} {}, expected float32 for {} classes of {}", exit,
                      base::name_of(type.element), base::to_string(type.shape), dataset_.class_count(), dataset_.name));
    }
    return static_cast<std::size_t>(output - outputs.begin());
  }

  const data::Dataset& dataset_;
  std::vector<std::string> exits_;
  std::unique_ptr<engine::Session> session_;
  std::vector<std::size_t> places_;  // of the exits among the outputs
};

Answers ask(ExitRunner& runner, const data::Part& part, const std::string& pixels,
            const std::function<void(std::size_t done)>& progress) {
  const data::Adapter adapter(part.sample_shape(), part.samples.element(), runner.input(), pixels);
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
    const auto guess = std::ranges::max_element(probabilities) - probabilities.begin();
    record.is_right.push_back(guess == labels[sample]);
    for (const auto measure : exits::kConfidences) {
      const double confidence = exits::confidence_of(probabilities, measure, temperature);
      record.confidence[static_cast<std::size_t>(measure)].push_back(static_cast<float>(confidence));
    }
  }
  return record;
}

}  // namespace

ExitMeasurement measure_exits(const model::Model& model, engine::Engine& engine, const data::Dataset& dataset,
                              const std::string& pixels, const profile::Progress& progress) {
  ExitRunner runner(model, engine, dataset);
  const auto all = static_cast<double>(dataset.calibration.count() + dataset.test.count());
  std::size_t done_before = 0;
  const auto report = [&](std::size_t done) {
    progress("asking exits", static_cast<double>(done_before + done) / all);
  };
  const Answers calibration = ask(runner, dataset.calibration, pixels, report);
  done_before = dataset.calibration.count();
  const Answers test = ask(runner, dataset.test, pixels, report);

  const std::int64_t now_s = base::unix_time_s();
  ExitMeasurement measured{{model.digest(), dataset.name, data::name_of(data::Role::Calibration), now_s, {}},
                           {model.digest(), dataset.name, data::name_of(data::Role::Test), now_s, {}}};
  const std::size_t classes = dataset.class_count();
  for (std::size_t exit = 0; exit < runner.exits().size(); ++exit) {
    const std::string& name = runner.exits()[exit];
    const double temperature = exits::best_temperature(calibration[exit], classes, dataset.calibration.labels);
    measured.calibration.exits.push_back(
        record_of(name, temperature, calibration[exit], classes, dataset.calibration.labels));
    measured.test.exits.push_back(record_of(name, temperature, test[exit], classes, dataset.test.labels));
  }
  return measured;
}

}  // namespace tandem::tune
