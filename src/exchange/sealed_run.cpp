#include "exchange/sealed_run.hpp"

#include <algorithm>

#include "crypto/aead.hpp"

namespace parley::exchange {
namespace {

enum class Kind : std::uint8_t { secrets = 1, items = 2, inbound = 3, end = 4 };

constexpr std::size_t items_per_record_bytes = 512U << 10;

Bytes associated(std::string_view run, std::uint64_t position) {
  Bytes out;
  append(out, "parley/sealed-run/2");
  out.push_back(0);
  append(out, run);
  append_u64(out, position);
  return out;
}

Bytes start(Kind kind) {
  return Bytes{static_cast<std::uint8_t>(kind)};
}

Result<RunSecrets> read_secrets(ByteReader& reader) {
  RunSecrets out;
  PARLEY_TRY(const std::uint8_t role, reader.u8());
  PARLEY_TRY(const std::uint8_t protocol, reader.u8());
  PARLEY_TRY(const std::uint8_t output, reader.u8());
  PARLEY_TRY(const std::uint8_t learner, reader.u8());
  PARLEY_TRY(const std::uint8_t prefer, reader.u8());
  if (role > 1 || protocol > 2 || output > 1 || learner > 1 || prefer > 1)
    return fail(ErrorKind::bad_input, "sealed run: unknown protocol");
  out.role = static_cast<match::Role>(role);
  out.parameters.protocol = static_cast<match::Protocol>(protocol);
  out.parameters.output = static_cast<match::Output>(output);
  out.parameters.learner = static_cast<match::Learner>(learner);
  out.parameters.prefer = static_cast<match::Prefer>(prefer);
  PARLEY_TRY(out.parameters.receiver_padded, reader.u32());
  PARLEY_TRY(out.parameters.sender_padded, reader.u32());
  PARLEY_TRY(out.parameters.chunk, reader.u32());
  PARLEY_TRY(out.parameters.offer_hash, reader.array<32>());
  PARLEY_TRY(const BytesView seed, reader.take(32));
  PARLEY_TRY(out.seed, crypto::Secret<32>::from(seed));
  PARLEY_TRY(const BytesView opening, reader.take(32));
  PARLEY_TRY(out.opening, crypto::Secret<32>::from(opening));
  PARLEY_CHECK(reader.expect_end());
  return out;
}

}  // namespace

Result<void> SealedRunWriter::put(BytesView plain) {
  return store_->append(run_, crypto::seal(*key_, associated(run_, position_++), plain, *entropy_));
}

Result<void> SealedRunWriter::begin(const RunSecrets& secrets, const match::ItemSet& items) {
  Bytes head = start(Kind::secrets);
  head.push_back(static_cast<std::uint8_t>(secrets.role));
  head.push_back(static_cast<std::uint8_t>(secrets.parameters.protocol));
  head.push_back(static_cast<std::uint8_t>(secrets.parameters.output));
  head.push_back(static_cast<std::uint8_t>(secrets.parameters.learner));
  head.push_back(static_cast<std::uint8_t>(secrets.parameters.prefer));
  append_u32(head, secrets.parameters.receiver_padded);
  append_u32(head, secrets.parameters.sender_padded);
  append_u32(head, secrets.parameters.chunk);
  append(head, secrets.parameters.offer_hash);
  append(head, secrets.seed.view());
  append(head, secrets.opening.view());
  auto done = put(head);
  crypto::wipe(head);
  PARLEY_CHECK(std::move(done));
  Bytes part = start(Kind::items);
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    append_prefixed(part, items[i]);
    if (part.size() < items_per_record_bytes) continue;
    PARLEY_CHECK(put(part));
    part = start(Kind::items);
  }
  if (part.size() > 1) PARLEY_CHECK(put(part));
  return {};
}

Result<void> SealedRunWriter::inbound(const match::Message& message) {
  Bytes plain = start(Kind::inbound);
  plain.push_back(message.type);
  append(plain, message.body);
  ++inbound_;
  return put(plain);
}

Result<void> SealedRunWriter::end() {
  Bytes plain = start(Kind::end);
  append_u64(plain, inbound_);
  return put(plain);
}

Result<OpenedRun> open_run(const RunStore& store, std::string_view run, const crypto::Secret<32>& key,
                           const std::function<Result<void>(match::Message)>& on_inbound) {
  OpenedRun out;
  std::vector<Bytes> items;
  std::uint64_t position = 0;
  std::uint64_t inbound = 0;
  Kind last = Kind::secrets;
  const auto visit = [&](BytesView record) -> Result<void> {
    PARLEY_TRY(Bytes plain, crypto::open(key, associated(run, position), record));
    ByteReader reader(plain);
    PARLEY_TRY(const std::uint8_t number, reader.u8());
    const auto kind = static_cast<Kind>(number);
    // The secrets first and once, then items, then messages, then the end.
    if ((position == 0) != (kind == Kind::secrets) || kind < last || last == Kind::end)
      return fail(ErrorKind::bad_input, "sealed run: records out of order");
    last = kind;
    ++position;
    switch (kind) {
      case Kind::secrets: {
        PARLEY_TRY(out.secrets, read_secrets(reader));
        crypto::wipe(plain);
        return {};
      }
      case Kind::items:
        while (!reader.at_end()) {
          PARLEY_TRY(const BytesView item, reader.prefixed(match::max_item_bytes));
          items.push_back(to_bytes(item));
        }
        return {};
      case Kind::inbound: {
        match::Message message;
        PARLEY_TRY(message.type, reader.u8());
        PARLEY_TRY(const BytesView body, reader.take(reader.remaining()));
        message.body = to_bytes(body);
        ++inbound;
        return on_inbound(std::move(message));
      }
      case Kind::end: {
        PARLEY_TRY(const std::uint64_t count, reader.u64());
        if (count != inbound) return fail(ErrorKind::bad_input, "sealed run: messages are missing");
        return reader.expect_end();
      }
    }
    return fail(ErrorKind::bad_input, "sealed run: unknown record");
  };
  PARLEY_CHECK(store.read(run, visit));
  if (last != Kind::end) return fail(ErrorKind::bad_input, "sealed run: the end is missing");
  PARLEY_TRY(out.items, match::ItemSet::make(items));
  return out;
}

}  // namespace parley::exchange
