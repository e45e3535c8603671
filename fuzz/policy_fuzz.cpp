// Property: whatever the file says, a policy that loads names the bytes it came from, gives one answer to one
// question, and lets nothing go to nobody, nothing that is unmarked or unknown, and nothing marked RED.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/hash.hpp"
#include "policy/policy.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

parley::policy::Question question(const char* name) {
  using namespace parley;
  policy::Question out;
  out.audience = policy::Audience{name, "bravo.example/1", {}, {}, false};
  policy::AgreementState state;
  state.agreement.parties[1].origin = "bravo.example/1";
  state.agreement.purposes = {"a"};
  state.agreement.valid_to = Timestamp::from_seconds(10);
  state.signed_by_us = state.signed_by_peer = true;
  out.agreement = state;
  out.purpose = "a";
  out.object = policy::ObjectFacts{};
  out.object->type = "indicator";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<policy::Policy> loaded = policy::Policy::load(text);
  if (!loaded) {
    require(policy::Policy::load_or_closed(text).is_closed());
    return 0;
  }
  require(loaded->hash() == crypto::sha256(as_bytes(text)));
  for (const char* name : {"a", "CERT Bravo"}) {
    policy::Question asked = question(name);
    require(loaded->decide(asked).outcome == policy::Outcome::deny);
    asked.object->marking.unknown = true;
    asked.object->marking.tlp = intel::TlpLevel::clear;
    require(loaded->decide(asked).outcome == policy::Outcome::deny);
    asked.object->marking = {};
    asked.object->marking.tlp = intel::TlpLevel::red;
    require(loaded->decide(asked).outcome == policy::Outcome::deny);
    asked.object->marking.tlp = intel::TlpLevel::clear;
    require(loaded->decide(asked).rules() == loaded->decide(asked).rules());
    asked.audience.reset();
    require(loaded->decide(asked).outcome == policy::Outcome::deny);
  }
  return 0;
}
