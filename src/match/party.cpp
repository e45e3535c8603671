#include "match/party.hpp"

#include <string>

#include "match/dh_receiver.hpp"
#include "match/dh_sender.hpp"
#include "match/vole_receiver.hpp"
#include "match/vole_sender.hpp"

namespace parley::match {
namespace {

std::unique_ptr<Party> make_vole_party(Role role, const Parameters& parameters,
                                       const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel) {
  const vole::VoleParameters vole = vole_parameters(parameters);
  if (role == Role::receiver)
    return std::make_unique<VoleReceiver>(parameters, seed, std::move(items), parallel,
                                          make_vole_receiver_end(vole, seed, parallel));
  return std::make_unique<VoleSender>(parameters, seed, std::move(items), parallel,
                                      make_vole_sender_end(vole, seed, parallel));
}

}  // namespace

Result<std::unique_ptr<Party>> make_party(Role role, const Parameters& parameters,
                                          const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel) {
  PARLEY_CHECK(check_parameters(parameters));
  const std::uint32_t padded = role == Role::receiver ? parameters.receiver_padded : parameters.sender_padded;
  if (items.size() > padded)
    return fail(ErrorKind::bad_input, "the set has " + std::to_string(items.size()) +
                                          " items, more than its padded size of " + std::to_string(padded));
  if (is_vole(parameters.protocol))
    return make_vole_party(role, parameters, seed, std::move(items), parallel);
  std::unique_ptr<Party> party;
  if (role == Role::receiver)
    party = std::make_unique<DhReceiver>(parameters, seed, std::move(items), parallel);
  else
    party = std::make_unique<DhSender>(parameters, seed, std::move(items), parallel);
  return party;
}

}  // namespace parley::match
