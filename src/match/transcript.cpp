#include "match/transcript.hpp"

#include "match/domains.hpp"

namespace parley::match {

Transcript::Transcript(Role own, const crypto::Hash256& offer_hash) : own_(own) {
  all_.update(domain::transcript).update(BytesView(offer_hash));
  sent_.update(domain::sent).update(BytesView(offer_hash));
}

void Transcript::add(crypto::Sha256& hash, Role from, std::uint8_t type, BytesView body) {
  Bytes head = {static_cast<std::uint8_t>(from), type};
  append_u32(head, static_cast<std::uint32_t>(body.size()));
  hash.update(BytesView(head)).update(body);
}

void Transcript::sent(const Message& message) {
  add(all_, own_, message.type, message.body);
  add(sent_, own_, message.type, message.body);
}

void Transcript::received(std::uint8_t type, BytesView body) {
  add(all_, own_ == Role::receiver ? Role::sender : Role::receiver, type, body);
}

}  // namespace parley::match
