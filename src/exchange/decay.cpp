#include "exchange/decay.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii.hpp"

namespace parley::exchange {
namespace {

using Type = intel::SelectorType;

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

bool is_for(const DecayModel& model, Type type, std::span<const std::string> labels) {
  if (std::ranges::find(model.types, type) == model.types.end()) return false;
  if (model.label.empty()) return true;
  const std::string wanted = lower(model.label);
  return std::ranges::any_of(
      labels, [&](const std::string& label) { return lower(label).find(wanted) != std::string::npos; });
}

}  // namespace

std::span<const DecayModel> builtin_decay_models() {
  static const std::vector<Type> network{Type::ipv4_addr, Type::ipv6_addr, Type::domain_name, Type::url,
                                         Type::email_addr};
  static const std::array<DecayModel, 2> models{DecayModel{"Phishing", 80, 3, 2.3, 30, network, "phishing"},
                                                DecayModel{"NIDS", 80, 120, 2, 30, network, ""}};
  return models;
}

double decayed_score(const DecayModel& model, std::chrono::microseconds since_seen) {
  if (since_seen.count() < 0 || model.lifetime_days <= 0 || model.speed <= 0) return 0;
  constexpr double microseconds_a_day = 86'400e6;
  const double part = static_cast<double>(since_seen.count()) / (model.lifetime_days * microseconds_a_day);
  return std::max(0.0, model.base * (1 - std::pow(part, 1 / model.speed)));
}

const DecayModel* DecayModels::find(Type type, std::span<const std::string> labels) const {
  for (const DecayModel& model : own_)
    if (is_for(model, type, labels)) return &model;
  for (const DecayModel& model : builtin_decay_models())
    if (is_for(model, type, labels)) return &model;
  return nullptr;
}

bool DecayModels::any_expires() const {
  return std::ranges::any_of(own_, &DecayModel::expire);
}

Score DecayModels::score(Type type, std::span<const std::string> labels, Timestamp last_seen,
                         std::span<const state::Sighting> sightings, Timestamp now) const {
  Score out;
  std::uint64_t seen = 0;
  std::uint64_t false_positives = 0;
  std::optional<Timestamp> expiration;
  Timestamp last = std::min(last_seen, now);
  for (const state::Sighting& one : sightings) {
    if (one.at > now) continue;
    const std::uint64_t times = std::min<std::uint64_t>(one.times, 1'000'000);
    if (one.kind == state::SightingKind::seen) {
      last = std::max(last, one.at);
      seen += times;
    } else if (one.kind == state::SightingKind::false_positive) {
      false_positives += times;
    } else if (!expiration || *expiration < one.at) {
      expiration = one.at;
    }
  }
  const DecayModel* const model = find(type, labels);
  out.expired = expiration && *expiration >= last;
  const double weight = static_cast<double>(seen + 1) / static_cast<double>(seen + 1 + false_positives);
  if (model == nullptr) {
    out.value = out.expired ? 0 : 100 * weight;
    out.decayed = out.expired;
    return out;
  }
  out.model = model->name;
  out.threshold = model->threshold;
  out.expire = model->expire;
  out.value = out.expired ? 0 : weight * decayed_score(*model, now - last);
  out.decayed = out.expired || out.value < model->threshold;
  return out;
}

}  // namespace parley::exchange
