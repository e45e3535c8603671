#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/node.hpp"
#include "policy/agreement.hpp"

namespace parley::exchange {

/// What the drafting side writes; the parties come from this node and the pinned peer.
struct AgreementTerms {
  std::string peer;            ///< name or origin of a pinned, active peer
  std::string authority;       ///< under which law or instrument this side acts
  std::string peer_authority;  ///< the same for the other side, as it said
  std::vector<std::string> purposes;
  std::vector<intel::SelectorType> types;
  policy::MatchOutput output = policy::MatchOutput::items;
  bool both_may_learn = false;
  std::uint64_t min_set = 1;
  std::uint64_t max_set = std::uint64_t{1} << 20;
  std::uint32_t runs_per_day = 1;
  std::uint64_t items_per_day = 0;
  std::uint32_t audit_days = 30;
  std::uint64_t lookups_per_day = 0;  ///< values a day and side that may be looked up; 0: none
  bool lookup_labels = false;
  std::string onward = "deny";  ///< deny, ask or allow
  std::uint32_t retention_days = 365;
  Timestamp valid_from;  ///< zero: now
  Timestamp valid_to;
};

/// An agreement as this node keeps it: its state, and the statements behind it.
struct AgreementEntry {
  policy::AgreementState state;
  std::string peer_origin;
  std::string payload;            ///< the bytes that both sides sign
  std::string own_jws;            ///< empty until signed here
  std::string peer_jws;           ///< empty until the peer's signature came
  std::string suspended_because;  ///< stays in this node
  Timestamp suspended_at;         ///< by this node's clock; zero when it never was
  bool resumed_by_us = false;     ///< since then
  bool resumed_by_peer = false;
  std::string notice_jws;  ///< our latest suspension or resumption, for the peer; empty for none
};

inline constexpr std::string_view agreement_suspension_schema = "parley/agreement-suspension/1";
inline constexpr std::string_view agreement_resumption_schema = "parley/agreement-resumption/1";

/// Writes a draft; nothing is signed and nothing leaves.
Result<AgreementEntry> draft_agreement(Node& node, const AgreementTerms& terms);

/// Signs with the role key and records the statement. Signing twice changes nothing.
Result<AgreementEntry> sign_agreement(Node& node, std::string_view id_or_hash);

/// Takes in what a peer sent: its signature over a draft of its own (kept as proposed) or of ours. The
/// payload must name exactly the two nodes with the keys that are pinned.
Result<AgreementEntry> receive_agreement(Node& node, std::string_view peer_origin, std::string_view jws);

/// By UUID, by hash, or by the first characters of the hash when only one agreement begins so (eight at
/// least).
Result<AgreementEntry> find_agreement(Node& node, std::string_view id_or_hash);
/// Newest first.
Result<std::vector<AgreementEntry>> list_agreements(Node& node);

/// Stops every act under it at once. One side alone may do it; it is recorded, and told to the peer by
/// `notice_jws`.
Result<AgreementEntry> suspend_agreement(Node& node, std::string_view id_or_hash, std::string_view reason);

/// Our half of taking it up again, recorded. Whoever suspended it, both sides must say so: it is in force
/// again once the peer's half is here too.
Result<AgreementEntry> resume_agreement(Node& node, std::string_view id_or_hash);

/// What a peer's checked and recorded notice says about an agreement: `stops`, or takes it up again. A
/// resumption that was signed before the suspension stands is an old one and does nothing.
Result<void> take_agreement_notice(Node& node, std::string_view hash, bool stops, Timestamp said_at);

}  // namespace parley::exchange
