// Property: what is read as a statement is its own encoding (its parts encode to the same text), a signature
// is accepted only under its key, and a payload that is signed by us reads back the same.
#include "base/assert.hpp"
#include "record/disclosure.hpp"
#include "record/jws.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::record;
  const std::string_view text = as_text({data, size});
  static const crypto::SigningKey key = *crypto::SigningKey::from_seed(Bytes(32, 77));
  if (const auto statement = peek_statement(text)) {
    const std::string header = R"({"alg":"Ed25519","kid":")" + statement->key_id + R"("})";
    const std::string front =
        to_base64url(as_bytes(header)) + '.' + to_base64url(as_bytes(statement->payload)) + '.';
    PARLEY_ASSERT(text.starts_with(front));
    PARLEY_ASSERT(!verify_statement(text, key.public_key()));
    if (const auto again = sign_statement(statement->members, key)) {
      const auto read = verify_statement(*again, key.public_key());
      PARLEY_ASSERT(read && read->schema == statement->schema && read->id == statement->id);
    }
  }
  if (const auto disclosure = parse_disclosure(text)) PARLEY_ASSERT(disclosure->encoded == text);
  return 0;
}
