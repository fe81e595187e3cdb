"""Operations beside their names: who, which way, which anaesthesia, with what; and what is but a step."""
