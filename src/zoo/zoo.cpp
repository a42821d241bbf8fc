#include "zoo/zoo.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "zoo/architectures.h"

namespace tandem::zoo {
namespace {

struct Architecture {
  const char* name;
  std::int64_t parameters;
  std::int64_t channels;
  std::int64_t size;
  std::int64_t classes;
  void (*build)(Network&, const Signal&);
};

constexpr std::int64_t kMaximumClasses = 1'000'000;

// clang-format off
constexpr Architecture kArchitectures[] = {
    {"xception", 22'910'480, 3, 299, 1000, xception},
    {"vgg16", 138'357'544, 3, 224, 1000, [](Network& n, const Signal& x) { vgg(n, x, 3); }},
    {"vgg19", 143'667'240, 3, 224, 1000, [](Network& n, const Signal& x) { vgg(n, x, 4); }},
    {"resnet50", 25'636'712, 3, 224, 1000, [](Network& n, const Signal& x) { resnet(n, x, {3, 4, 6, 3}); }},
    {"resnet101", 44'707'176, 3, 224, 1000, [](Network& n, const Signal& x) { resnet(n, x, {3, 4, 23, 3}); }},
    {"resnet152", 60'419'944, 3, 224, 1000, [](Network& n, const Signal& x) { resnet(n, x, {3, 8, 36, 3}); }},
    {"resnet50v2", 25'613'800, 3, 224, 1000, [](Network& n, const Signal& x) { resnet_v2(n, x, {3, 4, 6, 3}); }},
    {"resnet101v2", 44'675'560, 3, 224, 1000, [](Network& n, const Signal& x) { resnet_v2(n, x, {3, 4, 23, 3}); }},
    {"resnet152v2", 60'380'648, 3, 224, 1000, [](Network& n, const Signal& x) { resnet_v2(n, x, {3, 8, 36, 3}); }},
    {"inceptionv3", 23'851'784, 3, 299, 1000, inception_v3},
    {"inceptionresnetv2", 55'873'736, 3, 299, 1000, inception_resnet_v2},
    {"mobilenet", 4'253'864, 3, 224, 1000, mobilenet},
    {"mobilenetv2", 3'538'984, 3, 224, 1000, mobilenet_v2},
    {"densenet121", 8'062'504, 3, 224, 1000, [](Network& n, const Signal& x) { densenet(n, x, {6, 12, 24, 16}); }},
    {"densenet169", 14'307'880, 3, 224, 1000, [](Network& n, const Signal& x) { densenet(n, x, {6, 12, 32, 32}); }},
    {"densenet201", 20'242'984, 3, 224, 1000, [](Network& n, const Signal& x) { densenet(n, x, {6, 12, 48, 32}); }},
    {"nasnetmobile", 5'326'716, 3, 224, 1000, [](Network& n, const Signal& x) { nasnet(n, x, {44, 32, 4, false}); }},
    {"nasnetlarge", 88'949'818, 3, 331, 1000, [](Network& n, const Signal& x) { nasnet(n, x, {168, 96, 6, true}); }},
    {"resnet20", 274'042, 3, 32, 10, [](Network& n, const Signal& x) { resnet_for_small_images(n, x, 3); }},
    {"lenet5", 61'706, 1, 28, 10, lenet5},
    {"alexnet", 60'965'224, 3, 227, 1000, alexnet},
    {"alexnet5", 896'370, 3, 32, 10, alexnet5},
};
// clang-format on

base::TensorType input_type(const Architecture& architecture) {
  return {base::ElementType::Float32, {1, architecture.channels, architecture.size, architecture.size}};
}

const Architecture& find(const std::string& name) {
  const auto found = std::ranges::find(kArchitectures, name, [](const auto& each) { return std::string(each.name); });
  if (found != std::end(kArchitectures)) return *found;
  std::string known;
  for (const auto& architecture : kArchitectures) known += (known.empty() ? "" : ", ") + std::string(architecture.name);
  throw base::Error(base::ErrorKind::NotFound, "the zoo has no architecture '" + name + "'; it has: " + known);
}

}  // namespace

std::vector<ArchitectureInfo> list() {
  std::vector<ArchitectureInfo> infos;
  for (const auto& architecture : kArchitectures) {
    infos.push_back({architecture.name, architecture.parameters, input_type(architecture)});
  }
  return infos;
}

model::Part build(const std::string& name, const Options& options) {
  const auto& architecture = find(name);
  if (options.classes < 0 || options.classes > kMaximumClasses) {
    throw base::Error(base::ErrorKind::InvalidInput, "classes: expected 0 to " + std::to_string(kMaximumClasses) +
                                                         ", found " + std::to_string(options.classes));
  }
  Network network(name, options.seed, options.classes == 0 ? architecture.classes : options.classes);
  architecture.build(network, options.byte_input ? network.byte_input(architecture.channels, architecture.size)
                                                 : network.input(architecture.channels, architecture.size));
  return network.finish();
}

}  // namespace tandem::zoo
