#include "match/party.hpp"

#include <string>

#include "match/dh_receiver.hpp"
#include "match/dh_sender.hpp"

namespace parley::match {

Result<std::unique_ptr<Party>> make_party(Role role, const Parameters& parameters,
                                          const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel) {
  PARLEY_CHECK(check_parameters(parameters));
  const std::uint32_t padded = role == Role::receiver ? parameters.receiver_padded : parameters.sender_padded;
  if (items.size() > padded)
    return fail(ErrorKind::bad_input, "the set has " + std::to_string(items.size()) +
                                          " items, more than its padded size of " + std::to_string(padded));
  if (parameters.protocol != Protocol::dh)
    return fail(ErrorKind::bad_input,
                "this build cannot run " + std::string(protocol_name(parameters.protocol)));
  std::unique_ptr<Party> party;
  if (role == Role::receiver)
    party = std::make_unique<DhReceiver>(parameters, seed, std::move(items), parallel);
  else
    party = std::make_unique<DhSender>(parameters, seed, std::move(items), parallel);
  return party;
}

}  // namespace parley::match
