#include "exchange/peers.hpp"

#include "exchange/recording.hpp"
#include "merkle/note.hpp"
#include "record/node_statement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view peer_collection = "peers";

std::string_view status_name(PeerStatus status) {
  return status == PeerStatus::active ? "active" : "suspended";
}

Bytes to_body(const PeerRecord& peer) {
  return to_bytes(encoding::write_json(Json::object({{"name", peer.name},
                                                     {"origin", peer.origin},
                                                     {"kind", peer.kind},
                                                     {"jurisdiction", peer.jurisdiction},
                                                     {"address", peer.address},
                                                     {"role_key", to_hex(peer.role_key.value())},
                                                     {"tls_key", to_hex(peer.tls_key.value())},
                                                     {"log_vkey", peer.log_vkey},
                                                     {"fingerprint", peer.fingerprint},
                                                     {"pairing_secret", to_hex(peer.pairing_secret)},
                                                     {"own_secret", to_hex(peer.own_secret)},
                                                     {"status", status_name(peer.status)},
                                                     {"suspended_there", peer.suspended_there},
                                                     {"accepted", format_time(peer.accepted)}})));
}

Result<crypto::PublicKey> key_member(const Json& json, std::string_view key) {
  PARLEY_TRY(std::string hex, json.string_member(key));
  PARLEY_TRY(Bytes bytes, from_hex(hex));
  return crypto::parse_public_key(bytes);
}

Result<PeerRecord> from_body(BytesView body) {
  PARLEY_TRY(Json json, encoding::parse_json(as_text(body)));
  PeerRecord peer;
  PARLEY_TRY(peer.name, json.string_member("name"));
  PARLEY_TRY(peer.origin, json.string_member("origin"));
  PARLEY_TRY(peer.kind, json.string_member("kind"));
  PARLEY_TRY(peer.jurisdiction, json.string_member("jurisdiction"));
  PARLEY_TRY(peer.address, json.string_member("address"));
  PARLEY_TRY(peer.role_key, key_member(json, "role_key"));
  PARLEY_TRY(peer.tls_key, key_member(json, "tls_key"));
  PARLEY_TRY(peer.log_vkey, json.string_member("log_vkey"));
  PARLEY_TRY(peer.fingerprint, json.string_member("fingerprint"));
  PARLEY_TRY(std::string secret, json.string_member("pairing_secret"));
  PARLEY_TRY(peer.pairing_secret, from_hex(secret));
  PARLEY_TRY(std::string own_secret, json.string_member("own_secret"));
  PARLEY_TRY(peer.own_secret, from_hex(own_secret));
  PARLEY_TRY(std::string status, json.string_member("status"));
  peer.status = status == "active" ? PeerStatus::active : PeerStatus::suspended;
  if (json.contains("suspended_there")) {
    PARLEY_TRY(peer.suspended_there, json.bool_member("suspended_there"));
  }
  PARLEY_TRY(std::string accepted, json.string_member("accepted"));
  PARLEY_TRY(peer.accepted, parse_time(accepted));
  return peer;
}

Result<void> store_peer(Node& node, const PeerRecord& peer) {
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(auto existing, t.get_document({peer_collection, peer.origin}));
    const state::DocumentVersion expected = existing ? existing->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({peer_collection, peer.origin}, to_body(peer), expected));
    return {};
  });
}

/// parley/peer/1: what was pinned, and in which state the peer is from now on.
Result<void> record_peer(Node& node, const PeerRecord& peer) {
  PARLEY_TRY(merkle::VerifierKey log_key, merkle::parse_vkey(peer.log_vkey));
  const Timestamp now = node.clock().now();
  record::PeerStatement statement;
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.peer = peer.origin;
  statement.name = peer.name;
  statement.kind = peer.kind;
  statement.jurisdiction = peer.jurisdiction;
  statement.keys = {peer.role_key, log_key.key, peer.tls_key};
  statement.fingerprint = peer.fingerprint;
  statement.status = status_name(peer.status);
  PARLEY_CHECK(record(node, statement.to_json()));
  return {};
}

bool same_pin(const PeerRecord& a, const PeerRecord& b) {
  return a.origin == b.origin && a.role_key == b.role_key && a.tls_key == b.tls_key &&
         a.log_vkey == b.log_vkey;
}

}  // namespace

Result<PeerRecord> pin_peer(Node& node, PeerRecord peer) {
  if (peer.origin == node.identity().origin || peer.tls_key == node.keys().tls.public_key())
    return fail(ErrorKind::bad_input, "this is the node's own invitation; it is for the other side");
  PARLEY_TRY(std::vector<PeerRecord> all, list_peers(node));
  for (const PeerRecord& known : all) {
    if (known.origin == peer.origin) {
      if (!same_pin(known, peer))
        return refuse({"peer-key-changed"},
                      "the node " + known.origin + " is pinned with other keys (fingerprint " +
                          known.fingerprint + "); a changed key needs a new origin, agreed by voice");
      // The same keys again: a new address or a new secret may come along.
      peer.name = known.name;
      peer.status = known.status;
      peer.accepted = known.accepted;
      peer.suspended_there = known.suspended_there;
      if (peer.own_secret.empty()) peer.own_secret = known.own_secret;
      PARLEY_CHECK(store_peer(node, peer));
      return peer;
    }
    if (known.name == peer.name || known.origin == peer.name || known.name == peer.origin)
      return fail(ErrorKind::conflict,
                  "another peer is known as \"" + peer.name + "\"; choose a name with --name");
    if (known.tls_key == peer.tls_key || known.role_key == peer.role_key)
      return refuse({"peer-key-shared"}, "its keys are pinned to " + known.name + " already");
  }
  peer.accepted = node.clock().now();
  PARLEY_CHECK(record_peer(node, peer));
  PARLEY_CHECK(store_peer(node, peer));
  return peer;
}

Result<std::vector<PeerRecord>> list_peers(Node& node) {
  PARLEY_TRY(auto reader, node.store().snapshot());
  std::vector<PeerRecord> peers;
  std::string after;
  for (;;) {
    PARLEY_TRY(auto page, reader->list_documents(peer_collection, after, state::max_page));
    for (const state::Document& document : page) {
      PARLEY_TRY(PeerRecord peer, from_body(document.body));
      peers.push_back(std::move(peer));
    }
    if (page.size() < state::max_page) return peers;
    after = page.back().id;
  }
}

Result<PeerRecord> find_peer(Node& node, std::string_view name_or_origin) {
  {
    // Origins come before names: the name is the peer's own choice, and may be another peer's origin.
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const auto exact, reader->get_document({peer_collection, name_or_origin}));
    if (exact) return from_body(exact->body);
  }
  PARLEY_TRY(std::vector<PeerRecord> all, list_peers(node));
  for (PeerRecord& peer : all)
    if (peer.name == name_or_origin) return std::move(peer);
  return fail(ErrorKind::not_found, "no peer \"" + std::string(name_or_origin) +
                                        "\"; `parley peer list` shows those that are pinned");
}

Result<PeerRecord> find_peer_by_tls_key(Node& node, const crypto::PublicKey& key) {
  PARLEY_TRY(std::vector<PeerRecord> all, list_peers(node));
  for (PeerRecord& peer : all)
    if (peer.tls_key == key) return std::move(peer);
  return fail(ErrorKind::not_found, "no peer is pinned with this TLS key");
}

Result<void> note_suspended_there(Node& node, std::string_view origin, bool suspended) {
  PARLEY_TRY(PeerRecord peer, find_peer(node, origin));
  peer.suspended_there = suspended;
  return store_peer(node, peer);
}

Result<PeerRecord> set_peer_status(Node& node, std::string_view name_or_origin, PeerStatus status) {
  PARLEY_TRY(PeerRecord peer, find_peer(node, name_or_origin));
  if (peer.status == status) return peer;
  peer.status = status;
  // A suspension stands in the store before the ledger, a resumption after it: a crash between leaves the
  // stricter of the two.
  if (status == PeerStatus::suspended) PARLEY_CHECK(store_peer(node, peer));
  PARLEY_CHECK(record_peer(node, peer));
  if (status == PeerStatus::active) PARLEY_CHECK(store_peer(node, peer));
  return peer;
}

}  // namespace parley::exchange
