#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "intel/selector.hpp"
#include "state/holding.hpp"
#include "state/sighting.hpp"

namespace parley::exchange {

/// How the worth of a value falls with time. Source: MISP's polynomial formula, from "An indicator scoring
/// method for MISP platforms" (Mokaddem and others, 2019).
struct DecayModel {
  std::string name;
  double base = 80;            ///< the score of what was seen just now, at most 100
  double lifetime_days = 120;  ///< after which it is 0
  double speed = 2;            ///< decay_speed: the greater, the sooner it falls
  double threshold = 30;       ///< below it counts as decayed
  std::vector<intel::SelectorType> types;
  std::string label;    ///< only values with a label that contains it; empty: all of these types
  bool expire = false;  ///< what has decayed is held no more once `expire` runs
};

/// "Phishing" (3 days, speed 2.3) for names, addresses and URLs under a label with "phishing", and "NIDS"
/// (120 days, speed 2) for the others; base 80 and threshold 30 both. Hashes, accounts and the rest do not
/// decay.
std::span<const DecayModel> builtin_decay_models();

/// base * (1 - (t / lifetime)^(1 / speed)), at least 0; 0 for a time that has not come.
double decayed_score(const DecayModel& model, std::chrono::microseconds since_seen);

struct Score {
  double value = 0;   ///< 0 to 100
  std::string model;  ///< empty: none applies, and the score is 100
  double threshold = 0;
  bool decayed = false;
  bool expired = false;  ///< a sighting says so
  bool expire = false;   ///< the model takes it out
};

/// Models in the order in which they are asked: a node's own first.
class DecayModels {
 public:
  DecayModels() = default;
  explicit DecayModels(std::vector<DecayModel> own) : own_(std::move(own)) {}

  /// The first model that is for the type and the labels, or null.
  const DecayModel* find(intel::SelectorType type, std::span<const std::string> labels) const;
  /// Whether any takes out what has decayed.
  bool any_expires() const;

  /// Of a value that is held since `last_seen` at the latest. Time counts from that, or from its latest
  /// sighting as seen. Sightings as false positives and as seen weigh the
  /// base: base * (seen + 1) / (seen + 1 + false positives). A sighting as an expiration makes it 0 from its
  /// time on, until the value is seen again.
  Score score(intel::SelectorType type, std::span<const std::string> labels, Timestamp last_seen,
              std::span<const state::Sighting> sightings, Timestamp now) const;

 private:
  std::vector<DecayModel> own_;
};

}  // namespace parley::exchange
