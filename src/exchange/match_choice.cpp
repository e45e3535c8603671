#include "exchange/match_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "match/capacity.hpp"

namespace parley::exchange {

namespace {

struct Known {
  match::Protocol protocol;
  std::string_view feature;
};
constexpr std::array known_protocols = {
    Known{match::Protocol::dh, "match/dh/1"},
    Known{match::Protocol::vole, "match/vole/1"},
    Known{match::Protocol::vole_21x24, "match/vole-21x24/1"},
};

bool contains(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

match::Output output_of(std::string_view name) {
  return name == "items" ? match::Output::items : match::Output::size;
}

bool gives(match::Protocol protocol, match::Output output, match::Learner learner) {
  match::Parameters parameters;
  parameters.protocol = protocol;
  parameters.output = output;
  parameters.learner = learner;
  parameters.chunk = match::default_chunk_of(protocol);
  return match::check_parameters(parameters).has_value();
}

struct Asked {
  match::Output output;
  match::Learner learner;
  std::uint64_t n = 0;
  std::uint64_t m = 0;
};

match::Parameters parameters_for(match::Protocol protocol, const Asked& asked, match::Prefer prefer) {
  match::Parameters out;
  out.protocol = protocol;
  out.output = asked.output;
  out.learner = asked.learner;
  out.prefer = prefer;
  out.receiver_padded = static_cast<std::uint32_t>(asked.n);
  out.sender_padded = static_cast<std::uint32_t>(asked.m);
  out.chunk = match::default_chunk_of(protocol);
  return out;
}

std::string kilobytes(const match::Parameters& parameters) {
  return fmt::format("{} kB", (match::estimated_bytes(parameters) + 999) / 1000);
}

// Between dh and the first of the others.
ProtocolChoice by_size(const peer::Offer& offer, const Asked& asked, match::Prefer prefer,
                       match::Protocol other) {
  const match::Parameters dh = parameters_for(match::Protocol::dh, asked, prefer);
  const match::Parameters vole = parameters_for(other, asked, prefer);
  const std::uint64_t sum = asked.n + asked.m;
  if (offer.prefer == "bytes") {
    const bool less = match::estimated_bytes(vole) < match::estimated_bytes(dh);
    return {less ? vole : dh, fmt::format("bytes are preferred: about {} with {}, {} with {}",
                                          kilobytes(vole), match::protocol_name(other), kilobytes(dh),
                                          match::protocol_name(match::Protocol::dh))};
  }
  const std::uint64_t from = offer.prefer == "time" ? vole_from_time : vole_from;
  if (sum >= from)
    return {vole,
            fmt::format("the two padded sets have {} items together, and from {} on {} is the better one",
                        sum, from, match::protocol_name(other))};
  return {dh, fmt::format("the two padded sets have {} items together, and below {} {} is the better one",
                          sum, from, match::protocol_name(match::Protocol::dh))};
}

}  // namespace

std::vector<std::string> match_features() {
  std::vector<std::string> out = {std::string(heads_feature), std::string(offer_feature),
                                  std::string(pending_feature)};
  for (const Known& one : known_protocols) out.emplace_back(one.feature);
  std::ranges::sort(out);
  return out;
}

Result<std::vector<std::string>> wished_protocols(const policy::MatchRules& rules,
                                                  const MatchQuestion& question) {
  std::vector<std::string> out;
  bool too_weak = false;
  const auto output =
      question.output == policy::MatchOutput::items ? match::Output::items : match::Output::size;
  for (const Known& one : known_protocols) {
    const bool named = std::ranges::find(question.protocols, one.protocol) != question.protocols.end();
    // The slower code is for who asks for it by name.
    if (question.protocols.empty() ? one.protocol == match::Protocol::vole_21x24 : !named) continue;
    if (!gives(one.protocol, output, question.learner)) continue;
    if (rules.malicious_only && match::protocol_security(one.protocol) != "malicious") {
      too_weak = true;
      continue;
    }
    out.emplace_back(match::protocol_name(one.protocol));
  }
  std::ranges::sort(out);
  if (out.empty() && too_weak)
    return refuse(
        {"match-security"},
        "policy.toml wants a protocol that holds against a peer that cheats, and none of them gives "
        "what is asked for");
  if (out.empty())
    return refuse(
        {"match-protocol"},
        fmt::format("no protocol of this node gives the {} to {}", policy::output_name(question.output),
                    question.learner == match::Learner::both ? "both sides" : "the asking side"));
  return out;
}

std::string wished_preference(const MatchQuestion& question) {
  return question.prefer ? std::string(match::prefer_name(*question.prefer)) : "auto";
}

Result<ProtocolChoice> choose_protocol(const peer::Offer& offer, std::uint64_t initiator_padded,
                                       std::uint64_t responder_padded, bool malicious_only) {
  const Asked asked{output_of(offer.output),
                    offer.learner == "both" ? match::Learner::both : match::Learner::receiver,
                    initiator_padded, responder_padded};
  const match::Prefer prefer = offer.prefer == "bytes" ? match::Prefer::bytes : match::Prefer::time;
  std::vector<match::Protocol> left;
  bool too_weak = false;
  for (const Known& one : known_protocols) {
    if (!contains(offer.protocols, match::protocol_name(one.protocol))) continue;
    if (!contains(offer.features, one.feature) || !gives(one.protocol, asked.output, asked.learner)) continue;
    if (malicious_only && match::protocol_security(one.protocol) != "malicious")
      too_weak = true;
    else
      left.push_back(one.protocol);
  }
  if (left.empty() && too_weak)
    return refuse({"match-security"}, "policy.toml wants a protocol that holds against a peer that cheats");
  if (left.empty())
    return refuse({"match-protocol"},
                  "no matching protocol is common to both sides and gives what is asked for");
  if (left.size() > 1 && left.front() == match::Protocol::dh) return by_size(offer, asked, prefer, left[1]);
  ProtocolChoice out{parameters_for(left.front(), asked, prefer), {}};
  const std::string name(match::protocol_name(left.front()));
  if (too_weak)
    out.reason = name + ": the policy of the side that answers wants no semi-honest protocol";
  else if (offer.protocols.size() == 1)
    out.reason = name + ": the only one that the asking side allowed";
  else if (left.size() == 1)
    out.reason = name + ": the only one that both sides have";
  else
    out.reason = name + ": the fastest of those that the asking side allowed";
  return out;
}

Result<ProtocolChoice> check_choice(const peer::Offer& offer) {
  for (const bool stronger : {false, true}) {
    auto choice = choose_protocol(offer, offer.initiator.padded_size, offer.responder->padded_size, stronger);
    if (!choice && !stronger) return choice;
    if (choice && match::protocol_name(choice->parameters.protocol) == offer.protocol &&
        parameters_text(choice->parameters) == offer.parameters)
      return choice;
  }
  return refuse({"match-protocol"}, "the peer chose " + offer.protocol + " (" + offer.parameters +
                                        "), which is not the choice for these sizes");
}

std::string parameters_text(const match::Parameters& parameters) {
  if (parameters.protocol == match::Protocol::dh) return fmt::format("chunk={}", parameters.chunk);
  return fmt::format("chunk={},prefer={}", parameters.chunk, match::prefer_name(parameters.prefer));
}

}  // namespace parley::exchange
