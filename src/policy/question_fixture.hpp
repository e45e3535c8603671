#pragma once

#include "policy/policy.hpp"

namespace parley::policy {

/// For tests: a question that a good policy permits, and policies to put round it.
inline constexpr Timestamp test_now = Timestamp::from_seconds(1'760'000'000);

inline AgreementState test_agreement() {
  AgreementState state;
  state.agreement.hash = "a1";
  state.agreement.parties[0].origin = "alpha.example/1";
  state.agreement.parties[1].origin = "bravo.example/1";
  state.agreement.purposes = {"incident-response"};
  state.agreement.types = {intel::SelectorType::domain_name, intel::SelectorType::ipv4_addr};
  state.agreement.output = MatchOutput::items;
  state.agreement.valid_from = test_now - std::chrono::days(1);
  state.agreement.valid_to = test_now + std::chrono::days(1);
  state.signed_by_us = state.signed_by_peer = true;
  return state;
}

inline Question good_question(Act act = Act::release) {
  Question question;
  question.act = act;
  question.audience = Audience{"CERT Bravo", "bravo.example/1", "national_cert", "BB", false};
  question.agreement = test_agreement();
  question.purpose = "incident-response";
  question.now = test_now;
  question.object = ObjectFacts{};
  question.object->type = act == Act::match ? "domain-name" : "indicator";
  question.object->id = act == Act::match ? "" : "indicator--00000000-0000-4000-8000-000000000001";
  question.object->marking.tlp = intel::TlpLevel::green;
  return question;
}

inline std::string policy_text(std::string_view more = {}) {
  return R"(version = 1
purposes = ["incident-response"]
[[peer]]
name = "CERT Bravo"
tlp = "amber"
[approvals.release]
count = 0
)" + std::string(more);
}

}  // namespace parley::policy
